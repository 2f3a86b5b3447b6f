"""CC-FPSE: experiments and published scores (its table 1)."""

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
        "published": {"mIoU": 43.7, "accuracy": 82.9, "FID": 31.7},
        "parameters": {
            "generator": 140_678_211,
            "discriminator": 5_190_593,
            "encoder": 10_463_424,
        },
    },
    "ccfpse_coco_stuff_256": {
        "parts": {"data": ("coco_stuff", {}), **spade.COCO_SCHEDULE},
        "published": {"mIoU": 41.6, "accuracy": 70.7, "FID": 19.2},
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
        "published": {"mIoU": 65.5, "accuracy": 82.3, "FID": 54.3},
        "parameters": {
            "generator": 128_029_443,
            "discriminator": 5_175_873,
            "encoder": 10_463_424,
        },
    },
}
