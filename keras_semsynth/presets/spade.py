"""SPADE: experiments, and how its scores were measured."""

PARTS = {
    "generator": ("spade", {}),
    "discriminator": ("multi_scale_patch", {}),
    "objective": ("spade", {}),
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

# Batch 32 on eight GPUs; the last 100 of 200 epochs lower the rates.
SCHEDULE = {
    "optimizers": ("adam", {"decay_epochs": 100}),
    "run": ("run", {"batch_size": 32, "epochs": 200}),
}
# The official code has 0.9.
_PAPER = {"optimizers": ("adam", {"beta_2": 0.999})}
COCO_SCHEDULE = {"run": ("run", {"batch_size": 32, "epochs": 100})}
FACE_SCHEDULE = {
    "optimizers": ("adam", {"decay_epochs": 50}),
    "run": ("run", {"batch_size": 32, "epochs": 100}),
}

PRESETS = {
    "spade_ade20k_256": {
        "parts": {"data": ("ade20k", {}), **SCHEDULE},
        "paper": _PAPER,
        "parameters": {"generator": 96_492_483, "discriminator": 5_836_930},
    },
    "spade_coco_stuff_256": {
        "parts": {"data": ("coco_stuff", {}), **COCO_SCHEDULE},
        "paper": _PAPER,
        "parameters": {"generator": 97_480_899, "discriminator": 5_904_514},
    },
    "spade_cityscapes_512": {
        "parts": {
            "data": ("cityscapes", {}),
            "generator": ("spade", {"upsampling": "more"}),
            **SCHEDULE,
        },
        "paper": _PAPER,
        "parameters": {"generator": 93_048_003, "discriminator": 5_601_410},
    },
    "spade_ade20k_outdoor_256": {
        "parts": {"data": ("ade20k_outdoor", {}), **SCHEDULE},
        "parameters": {"generator": 96_492_483, "discriminator": 5_836_930},
    },
    "spade_facades_256": {
        "parts": {"data": ("facades", {})},
    },
    "spade_style_ade20k_256": {
        "parts": {
            "data": ("ade20k", {}),
            "encoder": ("style", {}),
            **SCHEDULE,
        },
        "parameters": {
            "generator": 111_942_595,
            "discriminator": 5_836_930,
            "encoder": 10_463_424,
        },
    },
    # SC-GAN's table 1 scores a SPADE that was trained "with their default
    # training setting"; the epochs are those of SC-GAN on faces.
    "spade_celebamask_hq_512": {
        "parts": {"data": ("celebamask_hq", {}), **FACE_SCHEDULE},
    },
    # Label maps of DeepLabV2: the classes of COCO-Stuff, none of them unknown.
    "spade_flickr_landscapes_256": {
        "parts": {
            "data": ("folder", {"num_classes": 182}),
            "encoder": ("style", {}),
            # The paper's 50 epochs are the default.
            "run": ("run", {"batch_size": 32}),
        },
    },
}
