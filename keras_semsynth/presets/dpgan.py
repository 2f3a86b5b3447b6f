"""DP-GAN: networks, configurations, published scores (its table 1).

Where the paper and its code differ in the hyperparameters, these are the
code's. COCO-Stuff is not in the paper; the code has defaults for it.
"""

from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.presets import oasis

GAN = "DPGAN"
NETWORKS = {"generator": DPGANGenerator, "discriminator": DPGANDiscriminator}

# How its table was measured: as OASIS's.
PROTOCOL = {**oasis.PROTOCOL, "noise_seed": 43}

PRESETS = {
    "dpgan_ade20k_256": {
        "layout": {"num_classes": 151},
        "generator": {"image_size": (256, 256)},
        "gan": {"ignore_label": 0},
        "perceptual": False,
        "flagfile": "configs/ade20k_dpgan.cfg",
        "published": {"mIoU": 52.7, "FID": 26.1},
        "parameters": {"generator": 70_615_683, "discriminator": 22_924_890},
    },
    "dpgan_coco_stuff_256": {
        "layout": {"num_classes": 183},
        "generator": {"image_size": (256, 256)},
        # The unknown class is the last here, the first in official files.
        "gan": {"ignore_label": 182},
        "perceptual": False,
        "flagfile": "configs/coco_stuff_dpgan.cfg",
        "published": {},
        "parameters": {"generator": 70_919_811, "discriminator": 22_926_970},
    },
    "dpgan_cityscapes_512": {
        "layout": {"num_classes": 35},
        "generator": {"image_size": (256, 512)},
        "gan": {
            "ignore_label": 0,
            "label_mix_weight": 5.0,
            "ema_decay": 0.999,
        },
        "perceptual": False,
        "flagfile": "configs/cityscapes_dpgan.cfg",
        "published": {
            "mIoU": 73.6,
            "FID": 44.1,
            "object mIoU": 66.9,
            "FID crops all": 24.5,
            "FID crops large": 77.6,
            "FID crops medium": 57.5,
            "FID crops small": 27.1,
        },
        "parameters": {"generator": 69_513_219, "discriminator": 22_917_350},
    },
}

# Of datasets without a preset.
PUBLISHED = {"ade20k_outdoor": {"mIoU": 40.4, "FID": 45.8}}
