"""Which labels a pixel of a generated image depends on."""

import keras
import numpy as np
from keras import ops

from keras_semsynth.explanations import visualizers
from keras_semsynth.generators import Generator
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look


class LabelDependence:
    """Gradients of generated pixels by the label map.

    Ids have no gradient; class weights have: the generator is given the
    layout as a soft label map, one-hot but differentiable, and how much a
    pixel would change if the label of another pixel faded is asked for.

    Args:
        generator: A generator of this package, built.
        layout: `Layout` of ids. Its edge map stays as it is.
        look: `Look`. Needed by a generator with random input. Defaults to
            `None`.
    """

    def __init__(
        self,
        generator: Generator,
        layout: Layout,
        look: Look | None = None,
    ):
        classes = np.arange(generator.num_classes)
        self.label_map = layout.label_map
        self.soft = (self.label_map[..., None] == classes).astype("float32")
        given = {**layout.arguments}
        if generator.latent_size is not None:
            inputs = GeneratorInputs.of(generator)
            given["latent"] = look.latent(inputs, self.label_map)
        given = {
            name: ops.convert_to_tensor(values[None])
            for name, values in given.items()
        }
        soft = keras.Input(batch_shape=(1, *self.soft.shape), name="labels")
        given["label_map"] = soft
        image = generator(**given, training=False)
        self.model = keras.Model([soft], image)

    def gradient(self, row: int, column: int) -> np.ndarray:
        """How one pixel depends on the class weights of all pixels.

        Args:
            row: int.
            column: int.

        Returns:
            float32 array `(height, width, num_classes)`, not negative:
            absolute gradient of the pixel's mean over the colours.
        """

        def brightness(image):
            return ops.mean(image[:, row, column], axis=-1)

        return visualizers.saliency(self.model, brightness, self.soft[None])[0]

    def dependence(
        self, row: int, column: int
    ) -> tuple[np.ndarray, dict[int, float]]:
        """How one pixel depends on the labels that are there.

        Args:
            row: int.
            column: int.

        Returns:
            Tuple of a float32 array `(height, width)`, what fading of each
            label would do, and a dict of class id -> share of the sum, from
            the largest on.
        """
        values = (self.gradient(row, column) * self.soft).sum(-1)
        total = max(float(values.sum()), 1e-30)
        shares = {
            int(c): float(values[self.label_map == c].sum()) / total
            for c in np.unique(self.label_map)
        }
        shares = dict(sorted(shares.items(), key=lambda item: -item[1]))
        return values, shares


def inner_pixels(
    label_map: np.ndarray, count: int = 3
) -> list[tuple[int, int]]:
    """Chooses pixels in the midst of the largest classes of a layout.

    Args:
        label_map: Integer array `(height, width)`.
        count: int. Pixels, each of another class. Defaults to `3`.

    Returns:
        List of at most `count` `(row, column)`.
    """
    ids, sizes = np.unique(label_map, return_counts=True)
    chosen = ids[np.argsort(-sizes, kind="stable")][:count]
    return [_innermost(label_map == c) for c in chosen]


def _innermost(mask):
    """The first pixel that is left when the border is peeled off."""
    while True:
        padded = np.pad(mask, 1)
        inner = mask.copy()
        for rows, columns in ((0, 1), (2, 1), (1, 0), (1, 2)):
            inner &= padded[
                rows : rows + mask.shape[0], columns : columns + mask.shape[1]
            ]
        if not inner.any():
            row, column = np.argwhere(mask)[len(np.argwhere(mask)) // 2]
            return int(row), int(column)
        mask = inner
