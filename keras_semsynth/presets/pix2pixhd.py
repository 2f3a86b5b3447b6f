"""pix2pixHD as the SPADE paper trains it: its baselines (table 1)."""

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.presets.layouts import ADE20K

GAN = "Pix2PixHD"
NETWORKS = {
    "generator": Pix2PixHDGenerator,
    "discriminator": MultiScalePatchDiscriminator,
}

PRESETS = {
    "pix2pixhd_ade20k_256": {
        "layout": ADE20K,
        "generator": {"image_size": (256, 256)},
        "flagfile": "configs/ade20k_pix2pixhd.cfg",
        "published": {"mIoU": 20.3, "accuracy": 69.2, "FID": 81.8},
        "parameters": {"generator": 182_886_019, "discriminator": 5_836_930},
    },
    "pix2pixhdpp_ade20k_256": {
        "layout": ADE20K,
        "generator": {"image_size": (256, 256), "normalization": "sync_batch"},
        "gan": {"adversarial": "hinge"},
        "flagfile": "configs/ade20k_pix2pixhd.cfg",
        "published": {},
        "parameters": {"generator": 182_928_771, "discriminator": 5_836_930},
    },
}
