"""Scorers that come with the package."""

import importlib.resources

import keras

# Importing it registers the class with Keras.
from keras_semsynth.scorers.unet_segmenter import UNetSegmenter


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
    folder = importlib.resources.files("keras_semsynth.scorers") / "pretrained"
    names = sorted(
        entry.name.removesuffix(".keras")
        for entry in folder.iterdir()
        if entry.name.endswith(".keras")
    )
    if name not in names:
        raise ValueError(
            f"`name` must be one of {', '.join(names)}. Received: "
            f"name={name!r}; `semsynth train_scorer` trains a "
            "scorer of any dataset with label maps."
        )
    with importlib.resources.as_file(folder / f"{name}.keras") as path:
        return keras.models.load_model(path, compile=False)
