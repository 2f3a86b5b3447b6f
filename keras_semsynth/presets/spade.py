"""SPADE: networks, configurations, published scores (its table 1)."""

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.presets.layouts import ADE20K
from keras_semsynth.presets.layouts import CITYSCAPES
from keras_semsynth.presets.layouts import COCO_STUFF

GAN = "SPADE"
NETWORKS = {
    "generator": SPADEGenerator,
    "discriminator": MultiScalePatchDiscriminator,
    "encoder": StyleEncoder,
}

# How its table was measured; see `evaluation.protocols`.
PROTOCOL = {
    "fid_inception": "torchvision",
    "grades": {
        "fid_inception": "C",
        "fid_resize": "A",
        "fid_precision": "A",
        "quantization": "A",
        "real_resize": "C",
        "label_resize": "D",
        "seg_sizes": "D",
        "seg_generation": "C",
        "seg_multi_scale": "C",
        "seg_input_size": "C",
        "accuracy": "C",
    },
}

PRESETS = {
    "spade_ade20k_256": {
        "layout": ADE20K,
        "generator": {"image_size": (256, 256)},
        "flagfile": "configs/ade20k_spade.cfg",
        "published": {"mIoU": 38.5, "accuracy": 79.9, "FID": 33.9},
        "parameters": {"generator": 96_492_483, "discriminator": 5_836_930},
    },
    "spade_coco_stuff_256": {
        "layout": COCO_STUFF,
        "generator": {"image_size": (256, 256)},
        "flagfile": "configs/coco_stuff_spade.cfg",
        "published": {"mIoU": 37.4, "accuracy": 67.9, "FID": 22.6},
        "parameters": {"generator": 97_480_899, "discriminator": 5_904_514},
    },
    "spade_cityscapes_512": {
        "layout": CITYSCAPES,
        "generator": {"image_size": (256, 512), "upsampling": "more"},
        "flagfile": "configs/cityscapes_spade.cfg",
        "published": {"mIoU": 62.3, "accuracy": 81.9, "FID": 71.8},
        "parameters": {"generator": 93_048_003, "discriminator": 5_601_410},
    },
    "spade_style_ade20k_256": {
        "layout": ADE20K,
        "generator": {"image_size": (256, 256), "style_dim": 256},
        "encoder": {"style_dim": 256},
        "flagfile": "configs/ade20k_spade.cfg",
        "published": {},
        "parameters": {
            "generator": 111_942_595,
            "discriminator": 5_836_930,
            "encoder": 10_463_424,
        },
    },
}

# Of datasets without a preset.
PUBLISHED = {"ade20k_outdoor": {"mIoU": 30.8, "accuracy": 82.9, "FID": 63.3}}
