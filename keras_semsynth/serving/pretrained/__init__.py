"""Generators that come with the package.

`landscapes` is the result of 3 epochs (750 steps) of
configs/landscapes_oasis.cfg: enough to try the page and the commands, not to
judge the model by. It is blurred, seeds change it little, and the lower half of
wide water turns red. configs/landscapes_pretrained.cfg is the run that is meant
to replace it.
"""

import pathlib


def pretrained_run(name="landscapes"):
    """Returns the folder of a generator that comes with the package.

    It goes wherever a run directory goes: `--run` of the commands,
    `Synthesizer.load`.

    Args:
        name: str. The dataset it was trained on. Defaults to `"landscapes"`
            (at 64x64).

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
