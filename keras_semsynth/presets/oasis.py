"""OASIS: networks, configurations, published scores (its tables 1 and 2)."""

from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.generators import OASISGenerator

GAN = "OASIS"
NETWORKS = {"generator": OASISGenerator, "discriminator": OASISDiscriminator}

# How its table was measured; see `evaluation.protocols`.
PROTOCOL = {
    "fid_precision": "float32_oasis",
    "quantization": "float",
    "accuracy": "valid",
    "seg_sizes": (300, 375, 450, 525, 600),
    "seg_generation": "current",
    "noise_seed": 42,
    "grades": {
        "fid_inception": "A",
        "fid_resize": "A",
        "fid_precision": "A",
        "quantization": "A",
        "real_resize": "A",
        "label_resize": "B",
        "seg_sizes": "C",
        "seg_generation": "C",
        "seg_multi_scale": "C",
        "seg_input_size": "B",
        "accuracy": "D",
    },
}

PRESETS = {
    "oasis_ade20k_256": {
        "layout": {"num_classes": 151},
        "generator": {"image_size": (256, 256)},
        "gan": {"ignore_label": 0},
        "perceptual": False,
        "flagfile": "configs/ade20k_oasis.cfg",
        "published": {"mIoU": 48.8, "FID": 28.3},
        "parameters": {"generator": 74_314_691, "discriminator": 22_258_904},
    },
    "oasis_coco_stuff_256": {
        "layout": {"num_classes": 183},
        "generator": {"image_size": (256, 256)},
        # The unknown class is the last here, the first in official files.
        "gan": {"ignore_label": 182},
        "perceptual": False,
        "flagfile": "configs/coco_stuff_oasis.cfg",
        "published": {"mIoU": 44.1, "FID": 17.0},
        "parameters": {"generator": 75_199_427, "discriminator": 22_260_984},
    },
    "oasis_cityscapes_512": {
        "layout": {"num_classes": 35},
        "generator": {"image_size": (256, 512)},
        "gan": {
            "ignore_label": 0,
            "label_mix_weight": 5.0,
            "ema_decay": 0.999,
        },
        "perceptual": False,
        "flagfile": "configs/cityscapes_oasis.cfg",
        "published": {"mIoU": 69.3, "FID": 47.7},
        "parameters": {"generator": 71_107_523, "discriminator": 22_251_364},
    },
}

# Of datasets without a preset.
PUBLISHED = {"ade20k_outdoor": {"mIoU": 40.4, "FID": 48.6}}
