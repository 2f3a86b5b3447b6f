"""CLADE: experiments of SPADE, with a table a class in the place of SPADE.

Neither its paper nor its code was at hand. It compares with SPADE, so that all
but the modulation is SPADE's here; how its scores were measured is not known.
"""

from keras_semsynth.presets import spade

PARTS = {**spade.PARTS, "generator": ("spade", {"conditioning": "clade"})}

PRESETS = {
    "clade_ade20k_256": {
        "parts": {"data": ("ade20k", {}), **spade.SCHEDULE},
        "parameters": {"generator": 71_427_267, "discriminator": 5_836_930},
    },
    # With where in the area of its class each pixel lies.
    "clade_icpe_ade20k_256": {
        "parts": {
            "data": ("ade20k", {}),
            "generator": ("spade", {"position_map": True}),
            **spade.SCHEDULE,
        },
        "parameters": {"generator": 71_427_375, "discriminator": 5_836_930},
    },
    # The tables read labels alone: no edges.
    "clade_cityscapes_512": {
        "parts": {
            "data": ("cityscapes", {"use_edge_map": False}),
            "generator": ("spade", {"upsampling": "more"}),
            **spade.SCHEDULE,
        },
        "parameters": {"generator": 67_819_203, "discriminator": 5_599_362},
    },
}
