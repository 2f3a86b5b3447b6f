"""Pictures, and what is to be said of them."""

import itertools
from collections.abc import Sequence

import numpy as np

from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.room import require_pictures


class Pictures(np.ndarray):
    """An array of pictures that carries notes.

    It is used like any other array. Parts of it keep the notes; what is
    computed from it is a plain array.

    Args:
        images: `uint8` array `(count, height, width, 3)`.
        notes: Sequence of str, sentences such as "90x70 layout was drawn at
            96x64 and brought back (width x height)." Defaults to none.

    Example:

    >>> synthesizer.synthesize("odd.png", seed=7).notes
    ('90x70 layout was drawn at 96x64 and brought back (width x height).',)
    """

    notes: tuple[str, ...] = ()

    def __new__(
        cls, images: np.ndarray, notes: Sequence[str] = ()
    ) -> "Pictures":
        pictures = np.asarray(images).view(cls)
        pictures.notes = tuple(notes)
        return pictures

    def __array_finalize__(self, source):
        self.notes = getattr(source, "notes", ())

    def __array_wrap__(self, array, context=None, return_scalar=False):
        plain = np.asarray(array)
        return plain if plain.ndim else plain[()]


def make_pictures(
    renderer: Renderer,
    layouts: Sequence[Layout],
    looks: Sequence[Sequence[Look]],
    rounding: str = "nearest",
) -> list[Pictures]:
    """Makes several pictures of each layout.

    Args:
        renderer: `Renderer`.
        layouts: Sequence of `Layout`.
        looks: Sequence of sequences of `Look`, those of each layout.
        rounding: As for `to_uint8`. Defaults to `"nearest"`.

    Returns:
        List of `Pictures`, one for each layout.
    """
    for layout, several in zip(layouts, looks, strict=True):
        require_pictures([layout], len(several))
    repeated = [
        layout
        for layout, several in zip(layouts, looks, strict=True)
        for _ in several
    ]
    images = {
        # To 8 bits at once: floats of many pictures would fill the memory.
        i: to_uint8(image, rounding)
        for i, image in renderer.stream(repeated, [*itertools.chain(*looks)])
    }
    places = iter(range(len(images)))
    return [
        Pictures(
            np.stack([images[next(places)] for _ in several]),
            [layout.note] if layout.note else [],
        )
        for layout, several in zip(layouts, looks, strict=True)
    ]
