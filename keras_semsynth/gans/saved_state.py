"""What a checkpoint says of its weights, so that other settings can read it."""

import os
from collections.abc import Mapping
from typing import Any

import keras

from keras_semsynth.gans.moving_average import copy_weights
from keras_semsynth.gans.optimizer_group import OptimizerGroup


def describe_state(model: keras.Model) -> dict[str, Any]:
    """Says what `load_state` must know of a weights file.

    Args:
        model: The GAN that writes it.

    Returns:
        dict, as JSON holds it.
    """
    group = model.optimizer
    if not isinstance(group, OptimizerGroup):
        return {}
    return {
        "has_average": model.ema_generator is not None,
        "adapts_augmentation": adapts(model),
        "scales_losses": group.scales_losses,
        "learning_rates": group.learning_rates(),
    }


def load_state(
    model: keras.Model, path: str | os.PathLike, state: Mapping[str, Any]
) -> None:
    """Loads the weights of a checkpoint, also of a run with other settings.

    A moving average that the file lacks begins anew at the generator's
    weights, and an adaptive augmentation at its first probability. The
    perceptual network is that of the settings.

    Args:
        model: Built and compiled GAN.
        path: Path of the weights file.
        state: Mapping, with what `describe_state` returned.

    Raises:
        ValueError: If the weights do not fit.
    """
    group = model.optimizer
    if not isinstance(group, OptimizerGroup):
        model.load_weights(path)
        return
    average = model.ema_generator
    begins = average is not None and not state["has_average"]
    skipped = [model.perceptual, average if begins else None]
    if not state["adapts_augmentation"]:
        skipped.append(model.augmenter)
    with group.as_saved(state["scales_losses"]):
        model.load_weights(
            path, objects_to_skip=[s for s in skipped if s is not None]
        )
    if begins:
        copy_weights(average, model.generator)


def adapts(model: keras.Model) -> bool:
    """Whether the probability of augmentation is part of a GAN's state.

    Args:
        model: The GAN.

    Returns:
        bool.
    """
    return model.augmenter is not None and model.augmenter.is_adaptive
