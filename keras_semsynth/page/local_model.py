"""A generator in this process, as the page uses it."""

import functools
import os
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_semsynth import backend
from keras_semsynth.data.classes import Classes
from keras_semsynth.files.images import read_image
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.page.layouts import read_dataset
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.named_models import find_model
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.synthesizer import Synthesizer

# Sizes that stay compiled where each is compiled by itself. Somebody who draws
# layouts of ever new sizes must not fill the memory.
MOST_SIZES = 16


class LocalModel:
    """Makes the pictures of the page with a `Synthesizer`.

    Every picture is the one that `synthesizer.synthesize` gives for the same
    layout and seed.

    Args:
        synthesizer: `Synthesizer`.
        name: str, shown on the page. Defaults to the kind of generator.
        dataset_name: str, likewise. Defaults to `None`.
    """

    threads = 1  # a generator uses all cores by itself

    def __init__(
        self,
        synthesizer: Synthesizer,
        name: str | None = None,
        dataset_name: str | None = None,
    ):
        self.synthesizer = synthesizer
        self.classes = synthesizer.classes
        self.dataset_name = dataset_name
        generator = synthesizer.generator
        self.name = name or type(generator).__name__
        self.image_size = tuple(generator.image_size)
        self.has_seed = synthesizer.inputs.has_latent
        self.has_style = synthesizer.encoder is not None
        self.style_dim = generator.latent_size if self.has_style else None
        self.has_class_looks = synthesizer.inputs.latent_by_region
        self.has_class_styles = (
            self.has_style and synthesizer.encoder.reads_label_map
        )
        self._compiled_sizes = set()

    @classmethod
    def load(cls, path: str | os.PathLike) -> "LocalModel":
        """Loads a run directory, a `generator.keras` or a named model."""
        path = find_model(path)
        synthesizer = Synthesizer.from_preset(path)
        synthesizer.require_layouts()
        return cls(synthesizer, dataset_name=read_dataset(path).get("name"))

    @property
    def max_batch(self) -> int:
        """Layouts that are best rendered together."""
        return 1 if backend.COMPILES_EVERY_SIZE else 4

    def warm_up(self) -> None:
        """Renders one layout, so that nobody waits for compilation."""
        self.synthesizer.renderer.compile_after = 0
        layout = np.zeros(self.image_size, "int32")
        self.images([layout], [0], [None], [{}])

    def images(
        self,
        layouts: Sequence[np.ndarray],
        seeds: Sequence[int],
        styles: Sequence[np.ndarray | None],
        class_looks: Sequence[Mapping[int, int | np.ndarray]],
    ) -> list[np.ndarray]:
        """Makes a picture of each layout.

        Args:
            layouts: List of `int32` arrays `(height, width)`.
            seeds: List of int.
            styles: List of style codes, `float32` `(style_dim,)`, or `None`
                for one drawn by the seed.
            class_looks: List of mappings, class id -> seed or style code of
                that class alone.

        Returns:
            List of `uint8` arrays `(height, width, 3)`, of the sizes of the
            layouts.
        """
        layouts = [self.synthesizer.layout(ids) for ids in layouts]
        self._forget_sizes(layouts)
        images = self.synthesizer.renderer.render(
            layouts,
            list(map(_look, seeds, styles, class_looks)),
        )
        return [to_uint8(image) for image in images]

    def _forget_sizes(self, layouts: Sequence[Layout]) -> None:
        """Starts anew where the next layouts would be one size too many."""
        if not backend.COMPILES_EVERY_SIZE:
            return
        sizes = {layout.network_size for layout in layouts}
        self._compiled_sizes |= sizes
        if len(self._compiled_sizes) > MOST_SIZES:
            self._compiled_sizes = sizes
            self.synthesizer.renderer = Renderer(
                self.synthesizer.generator, compile_after=0
            )

    def style_code(self, data: bytes, max_pixels: int) -> np.ndarray:
        """Encodes a photograph, given as the bytes of a PNG or JPEG.

        Returns:
            `float32` array `(style_dim,)`.
        """
        photograph = read_image(
            data, "the photograph", ("PNG", "JPEG"), max_pixels
        )
        return self.synthesizer.encode(photograph)[0][0]

    @functools.cached_property
    def examples(self) -> Callable[[int], np.ndarray] | None:
        """Callable `(number) -> layout`, or `None`."""
        return example_layouts(self.classes, self.image_size)


def _look(seed, style, class_looks):
    by_class = {
        id: Look(look) if isinstance(look, int) else Look(style=look)
        for id, look in class_looks.items()
    }
    if style is None:
        return Look(seed, by_class=by_class)
    return Look(style=style, by_class=by_class)


def example_layouts(
    classes: Classes, image_size: tuple[int, int]
) -> Callable[[int], np.ndarray] | None:
    """Returns layouts to start from, where the dataset can draw them.

    Args:
        classes: `Classes`.
        image_size: `(height, width)`.

    Returns:
        Callable from a number to a layout, or `None`.
    """
    from keras_semsynth.data.landscapes import CLASSES
    from keras_semsynth.data.landscapes import landscapes

    if classes.names != CLASSES.names or min(image_size) < 8:
        return None
    scenes = landscapes("val", image_size, count=200)
    return lambda number: np.asarray(
        scenes.read(number % 200).label_map, "int32"
    )
