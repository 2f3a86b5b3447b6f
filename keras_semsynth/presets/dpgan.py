"""DP-GAN: experiments and how its scores were measured.

Where paper and code differ in the hyperparameters, these are the code's, with
the paper's beside them, but the patch heads are trained, as the paper says.
COCO-Stuff is not in the paper; the code has defaults for it.
"""

from keras_semsynth.presets import oasis

PARTS = {
    **oasis.PARTS,
    "generator": ("dpgan", {}),
    "discriminator": ("dpgan", {}),
    "objective": ("dpgan", {}),
}

# How its table was measured: as OASIS's.
PROTOCOL = {**oasis.PROTOCOL, "noise_seed": 43}

# What the paper has otherwise than its code.
_PAPER = {
    "objective": (
        "dpgan",
        {
            "label_mix_weight": 5.0,
            "generator_patch": "hinge",
            "feature_reduction": "mean",
            "ema_decay": 0.9999,
        },
    ),
    "optimizers": (
        "adam",
        {
            "generator_learning_rate": 1e-4,
            "discriminator_learning_rate": 4e-4,
        },
    ),
}

PRESETS = {
    "dpgan_ade20k_256": {
        "parts": {
            "data": oasis.ADE20K,
            "optimizers": ("adam", {"generator_learning_rate": 4e-4}),
            "run": ("run", {"batch_size": 5, "epochs": 200}),
        },
        "paper": _PAPER,
        "parameters": {"generator": 70_615_683, "discriminator": 22_924_890},
    },
    "dpgan_ade20k_outdoor_256": {
        "parts": {
            "data": oasis.ADE20K_OUTDOOR,
            "optimizers": ("adam", {"generator_learning_rate": 4e-4}),
            "run": ("run", {"batch_size": 5, "epochs": 200}),
        },
        "paper": _PAPER,
        "parameters": {"generator": 70_615_683, "discriminator": 22_924_890},
    },
    # The unknown class is the last here, the first in official files.
    "dpgan_coco_stuff_256": {
        "parts": {
            "data": oasis.COCO_STUFF,
            "run": ("run", {"batch_size": 5, "epochs": 100}),
        },
        "parameters": {"generator": 70_919_811, "discriminator": 22_926_970},
    },
    "dpgan_cityscapes_512": {
        "parts": {
            "data": oasis.CITYSCAPES,
            "objective": (
                "dpgan",
                {"label_mix_weight": 5.0, "ema_decay": 0.999},
            ),
            "optimizers": (
                "adam",
                {
                    "generator_learning_rate": 2e-4,
                    "discriminator_learning_rate": 2e-4,
                },
            ),
            "run": ("run", {"batch_size": 5, "epochs": 200}),
        },
        "paper": _PAPER,
        "parameters": {"generator": 69_513_219, "discriminator": 22_917_350},
    },
}
