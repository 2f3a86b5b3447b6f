"""CC-FPSE: networks, configurations, published scores (its table 1)."""

from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.presets import spade
from keras_semsynth.presets.layouts import ADE20K
from keras_semsynth.presets.layouts import CITYSCAPES
from keras_semsynth.presets.layouts import COCO_STUFF

GAN = "CCFPSE"
NETWORKS = {
    "generator": CCFPSEGenerator,
    "discriminator": FPSEDiscriminator,
    "encoder": StyleEncoder,
}

_STYLE = {"style_dim": 256}

# The official generators have 26,112 values more: batch norms that are in
# every block and never called.
# How its table was measured: as SPADE's, but for the network of FID.
PROTOCOL = {
    "fid_inception": "tf2015",
    "grades": {
        **spade.PROTOCOL["grades"],
        "fid_inception": "D",
        "label_resize": "B",
        "seg_input_size": "B",
    },
}

PRESETS = {
    "ccfpse_ade20k_256": {
        "layout": ADE20K,
        "generator": {"image_size": (256, 256), **_STYLE},
        "encoder": _STYLE,
        "flagfile": "configs/ade20k_ccfpse.cfg",
        "published": {"mIoU": 43.7, "accuracy": 82.9, "FID": 31.7},
        "parameters": {
            "generator": 140_678_211,
            "discriminator": 5_190_593,
            "encoder": 10_463_424,
        },
    },
    "ccfpse_coco_stuff_256": {
        "layout": COCO_STUFF,
        "generator": {"image_size": (256, 256), **_STYLE},
        "encoder": _STYLE,
        "flagfile": "configs/coco_stuff_ccfpse.cfg",
        "published": {"mIoU": 41.6, "accuracy": 70.7, "FID": 19.2},
        "parameters": {
            "generator": 141_913_731,
            "discriminator": 5_194_817,
            "encoder": 10_463_424,
        },
    },
    "ccfpse_cityscapes_512": {
        "layout": CITYSCAPES,
        "generator": {
            "image_size": (256, 512),
            "upsampling": "more",
            **_STYLE,
        },
        "encoder": _STYLE,
        "flagfile": "configs/cityscapes_ccfpse.cfg",
        "published": {"mIoU": 65.5, "accuracy": 82.3, "FID": 54.3},
        "parameters": {
            "generator": 128_029_443,
            "discriminator": 5_175_873,
            "encoder": 10_463_424,
        },
    },
}
