"""CRN: the baseline without a discriminator of the papers' tables 1.

The scores are SPADE's (its authors trained CRN by the code of CRN's authors)
and are repeated in the tables of the later papers. CRN's own paper trains on
Cityscapes at 1024x2048 and on NYU, one image at a time.
"""

PARTS = {
    "generator": ("crn", {}),
    "discriminator": None,
    "objective": ("crn", {}),
    "optimizers": ("adam", {"learning_rate": 1e-4, "ttur": False}),
    # No code of it is at hand: batch and epochs are our reading.
    "run": ("run", {"epochs": 200}),
}

PRESETS = {
    "crn_ade20k_256": {
        "parts": {"data": ("ade20k", {})},
        "parameters": {"generator": 105_119_235},
    },
    "crn_coco_stuff_256": {
        "parts": {"data": ("coco_stuff", {"use_edge_map": False})},
        "parameters": {"generator": 106_888_707},
    },
    "crn_cityscapes_512": {
        "parts": {"data": ("cityscapes", {"use_edge_map": False})},
        "parameters": {"generator": 98_704_899},
    },
    "crn_ade20k_outdoor_256": {
        "parts": {"data": ("ade20k_outdoor", {})},
        "parameters": {"generator": 105_119_235},
    },
}
