"""Finds the builders of all models."""

import importlib

from keras_semsynth.family import MODELS

KINDS = ("generator", "discriminator", "objective")
MODULES = tuple(f"keras_semsynth.training.builders.{name}" for name in MODELS)


def builders(kind):
    """Returns the builders of all models for one flag.

    Args:
        kind: One of `KINDS`.

    Returns:
        dict, choice -> function.
    """
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        found |= getattr(module, f"{kind.upper()}S", {})
    return found


def choices(values):
    """Returns what the flags choose of each kind; `--model` fills the gaps.

    Args:
        values: Parsed flags.

    Returns:
        dict, kind -> choice.
    """
    index = MODELS.index(values.model)
    model = importlib.import_module(MODULES[index]).MODEL
    return {kind: values[kind].value or model[kind] for kind in KINDS}
