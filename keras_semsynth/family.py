"""The models of the family. A new paper adds its name here.

By that name the rest is found: `presets/<model>.py` (networks and named
configurations) and `training/builders/<model>.py` (its flags, and what they
build).
"""

MODELS = ("spade", "pix2pixhd", "ccfpse", "oasis", "dpgan", "scgan")
