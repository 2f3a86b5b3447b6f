"""Generators that come with the package, each with its model card."""

import pathlib


def pretrained_run(name: str = "landscapes") -> pathlib.Path:
    """Returns the folder of a generator that comes with the package.

    It goes wherever a run directory goes, e.g. to `Synthesizer.load`.

    Args:
        name: str. The dataset it was trained on. Defaults to `"landscapes"`.

    Returns:
        `pathlib.Path`.

    Raises:
        ValueError: If there is none of that name.

    Example:

    >>> synthesizer = keras_semsynth.Synthesizer.load(pretrained_run())
    >>> images = synthesizer.synthesize("layout.png", seed=7)
    """
    folder = pathlib.Path(__file__).parent
    names = sorted(
        path.parent.name for path in folder.glob("*/generator.keras")
    )
    if name not in names:
        raise ValueError(
            f"`name` must be one of {', '.join(names)}. "
            f"Received: name={name!r}; train.py trains a generator of any "
            "dataset with label maps."
        )
    return folder / name
