"""OASIS: experiments, and how its scores were measured."""

PARTS = {
    "generator": ("oasis", {}),
    "discriminator": ("oasis", {}),
    "objective": ("oasis", {}),
    # The paper has no perceptual loss.
    "run": ("run", {"perceptual": "off", "ema_refresh": 51}),
}

# How its table was measured; see `evaluation.protocols`.
PROTOCOL = {
    "fid_precision": "float32_oasis",
    "quantization": "float",
    "accuracy": "valid",
    "seg_sizes": (300, 375, 450, 525, 600),
    "seg_generation": "current",
    "noise_seed": 42,
    "grades": {
        "fid_inception": "A",
        "fid_resize": "A",
        "fid_precision": "A",
        "quantization": "A",
        "real_resize": "A",
        "label_resize": "B",
        "seg_sizes": "C",
        "seg_generation": "C",
        "seg_multi_scale": "C",
        "seg_input_size": "B",
        "accuracy": "D",
    },
}

# The official code resizes ADE20K and COCO-Stuff without a crop (its 286 never
# takes effect), and had 4 GPUs for a batch of 32.
ADE20K = ("ade20k", {"preprocess_mode": "fixed"})
ADE20K_OUTDOOR = ("ade20k_outdoor", {"preprocess_mode": "fixed"})
COCO_STUFF = (
    "coco_stuff",
    {"preprocess_mode": "fixed", "use_edge_map": False},
)
CITYSCAPES = ("cityscapes", {"use_edge_map": False})

PRESETS = {
    "oasis_ade20k_256": {
        "parts": {
            "data": ADE20K,
            "run": ("run", {"batch_size": 32, "epochs": 200}),
        },
        "parameters": {"generator": 74_314_691, "discriminator": 22_258_904},
    },
    "oasis_ade20k_outdoor_256": {
        "parts": {
            "data": ADE20K_OUTDOOR,
            "run": ("run", {"batch_size": 32, "epochs": 200}),
        },
        "parameters": {"generator": 74_314_691, "discriminator": 22_258_904},
    },
    # The unknown class is the last here, the first in official files.
    "oasis_coco_stuff_256": {
        "parts": {
            "data": COCO_STUFF,
            "run": ("run", {"batch_size": 32, "epochs": 100}),
        },
        "parameters": {"generator": 75_199_427, "discriminator": 22_260_984},
    },
    "oasis_cityscapes_512": {
        "parts": {
            "data": CITYSCAPES,
            "objective": (
                "oasis",
                {"label_mix_weight": 5.0, "ema_decay": 0.999},
            ),
            "optimizers": ("adam", {"generator_learning_rate": 4e-4}),
            "run": ("run", {"batch_size": 20, "epochs": 200}),
        },
        "parameters": {"generator": 71_107_523, "discriminator": 22_251_364},
    },
}
