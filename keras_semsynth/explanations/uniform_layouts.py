"""What generators make of layouts that show one class everywhere."""

from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.synthesis.synthesizer import Synthesizer


def uniform_layouts(
    synthesizers: Mapping[str, Synthesizer],
    classes: Sequence[str | int],
    seed: int = 0,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Generates images of layouts of a single class (SPADE, figure 3).

    A convolution makes one constant of such a layout, and an instance norm
    makes zero of every constant: a generator that reads the layout only once,
    before it normalizes, cannot tell which class it was. SPADE reads the
    layout after each normalization, so its images differ.

    Args:
        synthesizers: Mapping, heading -> `Synthesizer`. All know the same
            classes and make the same size.
        classes: Sequence of names or ids of classes, one layout each.
        seed: int. Of noise and styles, the same for all layouts. Defaults to
            `0`.

    Returns:
        Tuple of a dict, heading -> `uint8` array `(len(classes), height, width,
        3)`, and one picture of all, `uint8` `(height, width, 3)`: a row for
        each class, first its layout.

    Raises:
        ValueError: If a class is unknown.

    Example:

    >>> images, picture = keras_semsynth.explanations.uniform_layouts(
    ...     {"SPADE": Synthesizer.from_preset("runs/mine")}, ["sky", "grass"]
    ... )
    """
    first = next(iter(synthesizers.values()))
    size = first.generator.image_size
    layouts = np.stack(
        [np.full(size, first.classes.id_of(name), "int32") for name in classes]
    )
    images = {
        heading: np.concatenate(
            [
                synthesizer.synthesize(
                    layout, seed=seed if synthesizer.has_latent else None
                )
                for layout in layouts
            ]
        )
        for heading, synthesizer in synthesizers.items()
    }
    columns = [first.classes.colors(layouts), *images.values()]
    return images, draw_grid(columns, ["layout", *images], len(classes))
