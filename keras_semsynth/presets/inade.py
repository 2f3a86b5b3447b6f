"""INADE: a look for each class, drawn or taken from a photograph.

Its paper was not at hand: what differs from SPADE's training is its generator
and encoder alone.
"""

from keras_semsynth.presets.spade import SCHEDULE

PARTS = {
    "generator": ("inade", {}),
    "discriminator": ("multi_scale_patch", {}),
    "encoder": ("region_style", {}),
    "objective": ("spade", {}),
}

PRESETS = {
    "inade_ade20k_256": {"parts": {"data": ("ade20k", {}), **SCHEDULE}},
}
