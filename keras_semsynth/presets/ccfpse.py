"""CC-FPSE: experiments, and how its scores were measured."""

from keras_semsynth.presets import spade

PARTS = {
    "generator": ("ccfpse", {}),
    "discriminator": ("fpse", {}),
    "encoder": ("style", {}),
    "objective": ("ccfpse", {}),
}

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

# The official generators have 26,112 values more: batch norms that are in
# every block and never called.
PRESETS = {
    "ccfpse_ade20k_256": {
        "parts": {"data": ("ade20k", {}), **spade.SCHEDULE},
        "parameters": {
            "generator": 140_678_211,
            "discriminator": 5_190_593,
            "encoder": 10_463_424,
        },
    },
    "ccfpse_coco_stuff_256": {
        "parts": {"data": ("coco_stuff", {}), **spade.COCO_SCHEDULE},
        "parameters": {
            "generator": 141_913_731,
            "discriminator": 5_194_817,
            "encoder": 10_463_424,
        },
    },
    "ccfpse_cityscapes_512": {
        "parts": {
            "data": ("cityscapes", {}),
            "generator": ("ccfpse", {"upsampling": "more"}),
            **spade.SCHEDULE,
        },
        "parameters": {
            "generator": 128_029_443,
            "discriminator": 5_175_873,
            "encoder": 10_463_424,
        },
    },
}
