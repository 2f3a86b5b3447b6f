"""SC-GAN: networks, configurations, published scores (its table 1)."""

from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.presets import spade
from keras_semsynth.presets.layouts import ADE20K
from keras_semsynth.presets.layouts import CITYSCAPES

GAN = "SCGAN"
NETWORKS = {
    "generator": SCGANGenerator,
    "discriminator": FPSEDiscriminator,
    "encoder": StyleEncoder,
}

# The official training draws spectral kernels of these networks otherwise.
_JUDGE = {"initializer": "xavier_unless_spectral"}

# How its table was measured: as SPADE's, but for the network of FID.
PROTOCOL = {
    "fid_inception": "tf2015",
    "grades": {
        **spade.PROTOCOL["grades"],
        "fid_inception": "A",
        "real_resize": "A",
        "seg_generation": "D",
        "seg_input_size": "D",
        "inception_score": "D",
        "lpips": "D",
    },
}

PRESETS = {
    "scgan_ade20k_256": {
        "layout": ADE20K,
        "generator": {"image_size": (256, 256), "temperature": 0.05},
        "discriminator": _JUDGE,
        "flagfile": "configs/ade20k_scgan.cfg",
        "published": {"mIoU": 45.2, "accuracy": 83.8, "FID": 29.3},
        "parameters": {"generator": 60_854_662, "discriminator": 5_190_593},
    },
    "scgan_coco_stuff_256": {
        # No instance edges, other than SPADE.
        "layout": {"num_classes": 183},
        "generator": {
            "image_size": (256, 256),
            "start_filters": 24,
            "vector_filters": 24,
            "num_conv_candidates": 2,
            "num_norm_candidates": 3,
            "temperature": 0.5,
        },
        "discriminator": _JUDGE,
        "flagfile": "configs/coco_stuff_scgan.cfg",
        "published": {"mIoU": 42.0, "accuracy": 72.0, "FID": 18.1},
        "parameters": {"generator": 41_846_838, "discriminator": 5_194_689},
    },
    "scgan_celebamask_hq_512": {
        "networks": {"discriminator": MultiScalePatchDiscriminator},
        "layout": {"num_classes": 19},
        "generator": {
            "image_size": (512, 512),
            "filters": 48,
            "style_dim": 256,
            "num_norm_candidates": 3,
            "spectral_vectors": False,
            "position_code": "pyramid",
        },
        "discriminator": _JUDGE,
        "encoder": {"filters": 48, "style_dim": 256, **_JUDGE},
        "gan": {"semantic_vector_weight": 1.0},
        "flagfile": "configs/celebamask_hq_scgan.cfg",
        "published": {"FID": 19.2, "LPIPS": 0.395},
        "parameters": {
            "generator": 147_570_054,
            "discriminator": 5_566_594,
            "encoder": 6_672_656,
        },
    },
    "scgan_cityscapes_512": {
        # The official code has no configuration for it; sizes are SPADE's.
        "layout": CITYSCAPES,
        "generator": {"image_size": (256, 512), "upsampling": "more"},
        "discriminator": _JUDGE,
        "flagfile": "configs/cityscapes_scgan.cfg",
        "published": {"mIoU": 66.9, "accuracy": 82.5, "FID": 49.5},
        "parameters": {"generator": 58_763_846, "discriminator": 5_175_873},
    },
}

# Of datasets without a preset: summer to winter, its table 2.
PUBLISHED = {"unpaired": {"FID": 82.882, "IS": 3.183}}
