"""pix2pixHD and pix2pixHD++: the baselines of SPADE's tables 1 and 3.

pix2pixHD is that of its authors: least squares, no spectral normalization, one
time scale, instance normalization. pix2pixHD++ is what SPADE's paper makes of
it: all of SPADE but its layer.
"""

from keras_semsynth.presets.spade import COCO_SCHEDULE
from keras_semsynth.presets.spade import FACE_SCHEDULE
from keras_semsynth.presets.spade import SCHEDULE

PARTS = {
    "generator": ("pix2pixhd", {}),
    "discriminator": ("multi_scale_patch", {}),
    "objective": ("pix2pixhd", {}),
}
_AUTHORS = {
    "generator": ("pix2pixhd", {"spectral": False}),
    "discriminator": ("multi_scale_patch", {"spectral": False}),
    "optimizers": ("adam", {"ttur": False}),
}
# The rates of `SCHEDULE`, but the same for both players.
_AUTHORS_DECAY = ("adam", {"ttur": False, "decay_epochs": 100})
_THREE_SCALES = ("multi_scale_patch", {"spectral": False, "num_scales": 3})
_PLUS_PLUS = {
    "generator": ("pix2pixhd", {"normalization": "sync_batch"}),
    "objective": ("pix2pixhd", {"adversarial": "hinge"}),
}

PRESETS = {
    "pix2pixhd": {"parts": _AUTHORS},
    "pix2pixhd_ade20k_256": {
        "parts": {
            **_AUTHORS,
            "data": ("ade20k", {}),
            "optimizers": _AUTHORS_DECAY,
            "run": SCHEDULE["run"],
        },
        "parameters": {"generator": 182_886_019, "discriminator": 5_836_930},
    },
    "pix2pixhd_coco_stuff_256": {
        "parts": {**_AUTHORS, "data": ("coco_stuff", {}), **COCO_SCHEDULE},
        "parameters": {"generator": 182_989_507, "discriminator": 5_904_514},
    },
    "pix2pixhd_cityscapes_512": {
        "parts": {
            **_AUTHORS,
            "data": ("cityscapes", {}),
            "optimizers": _AUTHORS_DECAY,
            "run": SCHEDULE["run"],
        },
        "parameters": {"generator": 182_525_379, "discriminator": 5_601_410},
    },
    # Two stages, section 3.1 of pix2pixHD's paper: the global generator at half
    # the size, then all of it with its enhancer. Three discriminators: 3.2.
    "pix2pixhd_cityscapes_1024": {
        "parts": {
            **_AUTHORS,
            "data": ("cityscapes", {"image_size": (512, 1024)}),
            "discriminator": _THREE_SCALES,
            "optimizers": _AUTHORS_DECAY,
            "run": ("run", {"epochs": 200}),
        },
        "parameters": {
            "generator": 182_525_379,
            "discriminator": 8_402_115,
        },
    },
    "pix2pixhd_cityscapes_2048": {
        "parts": {
            **_AUTHORS,
            "data": ("cityscapes", {"image_size": (1024, 2048)}),
            "generator": ("pix2pixhd_enhancer", {"spectral": False}),
            "discriminator": _THREE_SCALES,
            # The paper holds the global generator at first and does not say
            # for how long; 10 epochs is what its authors are known to use.
            "objective": ("pix2pixhd", {"fix_global_epochs": 10}),
            "optimizers": _AUTHORS_DECAY,
            "run": ("run", {"epochs": 200}),
        },
        "parameters": {
            "generator": 182_835_171,
            "discriminator": 8_402_115,
        },
    },
    "pix2pixhd_ade20k_outdoor_256": {
        "parts": {
            **_AUTHORS,
            "data": ("ade20k_outdoor", {}),
            "optimizers": _AUTHORS_DECAY,
            "run": SCHEDULE["run"],
        },
        "parameters": {"generator": 182_886_019, "discriminator": 5_836_930},
    },
    # SC-GAN's table 1; see `spade_celebamask_hq_512`.
    "pix2pixhd_celebamask_hq_512": {
        "parts": {
            **_AUTHORS,
            "data": ("celebamask_hq", {}),
            "optimizers": ("adam", {"ttur": False, "decay_epochs": 50}),
            "run": FACE_SCHEDULE["run"],
        },
    },
    "pix2pixhdpp": {"parts": _PLUS_PLUS},
    "pix2pixhdpp_ade20k_256": {
        "parts": {**_PLUS_PLUS, "data": ("ade20k", {}), **SCHEDULE},
        "parameters": {"generator": 182_928_771, "discriminator": 5_836_930},
    },
    "pix2pixhdpp_coco_stuff_256": {
        "parts": {**_PLUS_PLUS, "data": ("coco_stuff", {}), **COCO_SCHEDULE},
        "parameters": {"generator": 183_032_259, "discriminator": 5_904_514},
    },
}
