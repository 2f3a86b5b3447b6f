"""Scorers that come with the package."""

import importlib.resources
import pathlib

import keras

# Importing it registers the class with Keras.
from keras_semsynth.scorers.unet_segmenter import UNetSegmenter

_FOLDER = importlib.resources.files("keras_semsynth.scorers") / "pretrained"
# Names of the datasets that have one.
PRETRAINED_SCORERS = tuple(
    sorted(
        entry.name.removesuffix(".keras")
        for entry in _FOLDER.iterdir()
        if entry.name.endswith(".keras")
    )
)


def pretrained_scorer(name: str) -> UNetSegmenter:
    """Loads a scorer that comes with the package.

    Args:
        name: str. The dataset that it scores: `"landscapes"` (at 64x64).

    Returns:
        A frozen `UNetSegmenter`.

    Raises:
        ValueError: If there is none of that name.

    Example:

    >>> scorer = keras_semsynth.scorers.pretrained_scorer("landscapes")
    >>> scorer.class_names[:3]
    ['sky', 'cloud', 'sun']
    """
    if name not in PRETRAINED_SCORERS:
        raise ValueError(
            f"`name` must be one of {', '.join(PRETRAINED_SCORERS)}. Received: "
            f"name={name!r}; `semsynth train_scorer` trains a "
            "scorer of any dataset with label maps."
        )
    return keras.models.load_model(pretrained_scorer_file(name), compile=False)


def pretrained_scorer_file(name: str) -> pathlib.Path:
    """Returns the file of a scorer that comes with the package.

    Args:
        name: str, one of `PRETRAINED_SCORERS`.

    Returns:
        Path of a `.keras` file.
    """
    return pathlib.Path(str(_FOLDER / f"{name}.keras"))
