"""Named experiments of the papers, as data.

Each model has its file, which holds nothing but what is about its paper:

- `PARTS`: dict, part of an experiment -> `(choice, arguments)`, where the
  arguments are what differs from the constructor's defaults;
- `PRESETS`: dict, name -> dict of `"parts"` (what differs from `PARTS`),
  `"published"` (scores as printed) and `"parameters"` (trainable numbers that
  each network must have);
- `PUBLISHED`: dict, dataset -> scores, for datasets without a preset;
- `PROTOCOL`: dict, how its scores were measured; see `evaluation.protocols`.

The name of a model alone is a preset too: its parts, on landscapes.
"""

from keras_semsynth.presets import ccfpse
from keras_semsynth.presets import dpgan
from keras_semsynth.presets import oasis
from keras_semsynth.presets import pix2pixhd
from keras_semsynth.presets import scgan
from keras_semsynth.presets import spade

# The models of the family. A new paper adds its line here.
MODELS = {
    "spade": spade,
    "pix2pixhd": pix2pixhd,
    "ccfpse": ccfpse,
    "oasis": oasis,
    "dpgan": dpgan,
    "scgan": scgan,
}


def _merged(parts, changes):
    """Returns parts with changes; another choice starts from its defaults."""
    merged = dict(parts)
    for part, (choice, arguments) in changes.items():
        known = merged.get(part)
        if known is not None and known[0] == choice:
            arguments = {**known[1], **arguments}
        merged[part] = (choice, arguments)
    return merged


def _collect():
    presets = {}
    for model, module in MODELS.items():
        own = {model: {"parts": {}}, **module.PRESETS}
        for name, preset in own.items():
            presets[name] = {
                "published": {},
                "parameters": {},
                **preset,
                "model": model,
                "parts": _merged(module.PARTS, preset["parts"]),
            }
    return presets


PRESETS = _collect()

__all__ = ["MODELS", "PRESETS"]
