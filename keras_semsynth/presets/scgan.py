"""SC-GAN: experiments, and how its scores were measured."""

from keras_semsynth.presets import spade

# The official training draws spectral kernels of these networks otherwise.
_JUDGE = {"initializer": "xavier_unless_spectral"}

PARTS = {
    "generator": ("scgan", {}),
    "discriminator": ("fpse", _JUDGE),
    "objective": ("scgan", {}),
}

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

_SCHEDULE = {
    "optimizers": ("adam", {"decay_epochs": 100}),
    "run": ("run", {"batch_size": 16, "epochs": 200}),
}

# What the paper has otherwise than its code: noise at the start, whose length
# it does not say, three candidates of everything, bilinear enlargement of the
# features of semantic vectors (appendix A), and equation 7.
_BILINEAR = {"vector_upsampling": "bilinear"}
_NOISE = {"start": "noise", "style_dim": 256, **_BILINEAR}
_PLAIN_SUM = {"layer_weights": (1.0, 1.0, 1.0, 1.0, 1.0)}
_PAPER = {
    "generator": ("scgan", {**_NOISE, "num_norm_candidates": 3}),
    "objective": ("scgan", _PLAIN_SUM),
}

PRESETS = {
    "scgan_ade20k_256": {
        "parts": {"data": ("ade20k", {}), **_SCHEDULE},
        "paper": _PAPER,
        "parameters": {"generator": 60_854_662, "discriminator": 5_190_593},
    },
    "scgan_coco_stuff_256": {
        # No instance edges, other than SPADE.
        "parts": {
            "data": ("coco_stuff", {"use_edge_map": False}),
            "generator": (
                "scgan",
                {
                    "start_filters": 24,
                    "vector_filters": 24,
                    "num_conv_candidates": 2,
                    "num_norm_candidates": 3,
                    "temperature": 0.5,
                },
            ),
            **_SCHEDULE,
        },
        "paper": {
            "generator": (
                "scgan",
                {
                    **_NOISE,
                    "start_filters": 32,
                    "vector_filters": 32,
                    "num_conv_candidates": 3,
                    "temperature": 0.05,
                },
            ),
            "objective": ("scgan", _PLAIN_SUM),
            "optimizers": ("adam", {"decay_epochs": 0}),
            "run": ("run", {"epochs": 100}),
        },
        "parameters": {"generator": 41_846_838, "discriminator": 5_194_689},
    },
    "scgan_celebamask_hq_512": {
        "parts": {
            "data": ("celebamask_hq", {}),
            "generator": (
                "scgan",
                {
                    "filters": 48,
                    "num_norm_candidates": 3,
                    "spectral_vectors": False,
                    "position_code": "pyramid",
                },
            ),
            "discriminator": ("multi_scale_patch", _JUDGE),
            "encoder": ("style", {"filters": 48, **_JUDGE}),
            "objective": ("scgan", {"semantic_vector_weight": 1.0}),
            "optimizers": ("adam", {"decay_epochs": 50}),
            "run": ("run", {"batch_size": 8, "epochs": 100}),
        },
        # The test program of SC-GAN encodes the photograph it is tested on.
        "style": "own",
        "paper": {
            # The paper's 512 channels at the start; the encoder is as wide.
            "generator": (
                "scgan",
                {
                    **_BILINEAR,
                    "filters": 32,
                    "spectral_vectors": True,
                    "position_code": None,
                },
            ),
            "discriminator": ("fpse", _JUDGE),
            "encoder": ("style", {"filters": 32}),
            "objective": (
                "scgan",
                {**_PLAIN_SUM, "semantic_vector_weight": 2.0},
            ),
        },
        "parameters": {
            "generator": 147_570_054,
            "discriminator": 5_566_594,
            "encoder": 6_672_656,
        },
    },
    "scgan_cityscapes_512": {
        # The official code has no configuration for it; sizes are SPADE's.
        "parts": {
            "data": ("cityscapes", {}),
            "generator": ("scgan", {"upsampling": "more"}),
            **_SCHEDULE,
        },
        "paper": _PAPER,
        "parameters": {"generator": 58_763_846, "discriminator": 5_175_873},
    },
    # Table 8: trained "with the discriminator and other techniques from
    # OASIS", whose weights and average are those of OASIS on Cityscapes.
    "scgan_oasis_cityscapes_512": {
        "parts": {
            "data": ("cityscapes", {}),
            "generator": ("scgan", {"upsampling": "more"}),
            "discriminator": ("oasis", {}),
            "objective": (
                "oasis",
                {
                    "label_mix_weight": 5.0,
                    "ema_decay": 0.999,
                    "ema_statistics": "average",
                    "semantic_vector_weight": 2.0,
                },
            ),
            "optimizers": _SCHEDULE["optimizers"],
            "run": (
                "run",
                {
                    "batch_size": 16,
                    "epochs": 200,
                    "perceptual": "off",
                },
            ),
        },
    },
    "scgan_summer2winter_256": {
        # Unpaired. The official code has no configuration for it; weights are
        # those of ADE20K.
        "parts": {
            "data": ("unpaired", {}),
            "generator": ("scgan", {"start": "image"}),
            "discriminator": ("image_patch", _JUDGE),
            "objective": ("unpaired_scgan", {}),
            "optimizers": ("adam", {"decay_epochs": 100}),
            "run": ("run", {"batch_size": 8, "epochs": 200}),
        },
    },
}
