"""Moves and recolors pictures, each picture of a batch in its own way."""

from collections.abc import Sequence

from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.label_map import is_soft
from keras_semsynth.layers.precision import full_precision

# The id of pixels that show nothing: as any id outside the classes, it is an
# all-zero row where ids become channels.
OUTSIDE = -1


class ImageTransformation:
    """One transformation of every picture of a batch, and of its layout.

    Colors change first, then pixels are moved, then an area is blanked. What
    shows nothing afterwards is zero in images and edge maps, and `OUTSIDE` in
    label maps. Gradients pass through to the image.

    Args:
        color: Tuple of `(brightness, saturation, contrast)`, as of
            `adjust_color`, or `None` to keep the colors. Defaults to `None`.
        sources: Tuple `(rows, columns)` of integer tensors `(batch, height)`
            and `(batch, width)`: from where each row and column comes. A
            position outside shows nothing. `None` moves nothing. Defaults to
            `None`.
        blank: bool tensor `(batch, height, width)`, true where nothing is to
            be shown, or `None`. Defaults to `None`.

    Example:

    >>> shift = (np.arange(4)[None] - 1, np.arange(4)[None])
    >>> transformation = keras_semsynth.layers.ImageTransformation(
    ...     sources=shift)
    >>> transformation.of_label_map(np.ones((1, 4, 4), "int32"))[0, :, 0]
    [-1, 1, 1, 1]
    """

    def __init__(
        self,
        color: tuple[Tensor, Tensor, Tensor] | None = None,
        sources: tuple[Tensor, Tensor] | None = None,
        blank: Tensor | None = None,
    ):
        self.color = color
        self._positions = None
        shown = []
        if sources is not None:
            self._positions, inside = _positions(*sources)
            shown.append(inside)
        if blank is not None:
            shown.append(ops.logical_not(blank))
        self.shown = ops.logical_and(*shown) if len(shown) == 2 else None
        if len(shown) == 1:
            (self.shown,) = shown

    def of_image(self, image: Tensor) -> Tensor:
        """Transforms images.

        Args:
            image: Float tensor `(batch, height, width, channels)`.

        Returns:
            Tensor of the same shape, not in half precision.
        """
        image = full_precision(image)
        if self.color is not None:
            image = adjust_color(image, *self.color)
        return self.of_map(image)

    def of_map(self, x: Tensor) -> Tensor:
        """Moves what has no colors: an edge map, a soft label map.

        Args:
            x: Float tensor `(batch, height, width, channels)`.

        Returns:
            Tensor of the shape and dtype of `x`.
        """
        x = self._move(x)
        if self.shown is None:
            return x
        return x * ops.cast(ops.expand_dims(self.shown, -1), x.dtype)

    def of_label_map(self, label_map: Tensor) -> Tensor:
        """Moves layouts.

        Args:
            label_map: Integer tensor `(batch, height, width)`, or a soft label
                map `(batch, height, width, num_classes)`.

        Returns:
            int32 tensor `(batch, height, width)`, `OUTSIDE` where nothing is
            shown; of a soft label map the moved one, zero there.
        """
        if is_soft(label_map):
            return self.of_map(label_map)
        ids = self._move(ops.cast(label_map, "int32"))
        return (
            ids if self.shown is None else ops.where(self.shown, ids, OUTSIDE)
        )

    def _move(self, x):
        if self._positions is None:
            return x
        shape = ops.shape(x)
        flat = ops.reshape(x, (-1, *shape[3:]))
        return backend.take_rows(flat, self._positions)


def adjust_color(
    image: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor
) -> Tensor:
    """Changes brightness, then saturation, then contrast.

    A number is added to all values; the distance of every channel to the
    pixel's mean over the channels is scaled; and that of every value to the
    image's mean. Nothing is clipped.

    Args:
        image: Float tensor `(batch, height, width, channels)`.
        brightness: Float tensor `(batch,)`. What is added.
        saturation: Float tensor `(batch,)`. `1` keeps it, `0` makes grey.
        contrast: Float tensor `(batch,)`. `1` keeps it.

    Returns:
        Tensor of the shape and dtype of `image`.

    Reference:
        - [DiffAugment, NeurIPS 2020](https://arxiv.org/abs/2006.10738). It
          names the three and their ranges; the formulas are the usual ones.
    """
    image = ops.convert_to_tensor(image)
    brightness, saturation, contrast = (
        ops.reshape(ops.cast(x, image.dtype), (-1, 1, 1, 1))
        for x in (brightness, saturation, contrast)
    )
    image = image + brightness
    grey = ops.mean(image, axis=-1, keepdims=True)
    # Written so that a factor of 1 changes no bit.
    image = image + (image - grey) * (saturation - 1.0)
    mean = ops.mean(image, axis=(1, 2, 3), keepdims=True)
    return image + (image - mean) * (contrast - 1.0)


def _positions(rows, columns):
    """Where in the flattened batch pixels come from, and which are inside."""
    (batch, height), width = ops.shape(rows), ops.shape(columns)[1]
    inside = [
        ops.logical_and(x >= 0, x < size)
        for x, size in ((rows, height), (columns, width))
    ]
    rows = ops.clip(ops.cast(rows, "int32"), 0, height - 1)
    columns = ops.clip(ops.cast(columns, "int32"), 0, width - 1)
    first = ops.arange(batch, dtype="int32") * (height * width)
    positions = (
        ops.reshape(first, (-1, 1, 1))
        + ops.expand_dims(rows, 2) * width
        + ops.expand_dims(columns, 1)
    )
    return positions, ops.logical_and(
        ops.expand_dims(inside[0], 2), ops.expand_dims(inside[1], 1)
    )


def shifted(
    size: int | Tensor, shift: Tensor, is_flipped: Tensor | None = None
) -> Tensor:
    """Says where rows or columns come from: mirrored, then shifted.

    Args:
        size: int or scalar integer tensor. How many there are.
        shift: Integer tensor `(batch,)`. By how many they move on.
        is_flipped: bool tensor `(batch,)`, or `None` to mirror none. Defaults
            to `None`.

    Returns:
        int32 tensor `(batch, size)`, as `sources` of `ImageTransformation`.
    """
    sources = ops.expand_dims(ops.arange(size, dtype="int32"), 0)
    sources = sources - ops.expand_dims(ops.cast(shift, "int32"), 1)
    if is_flipped is None:
        return sources
    is_flipped = ops.expand_dims(is_flipped, 1)
    return ops.where(is_flipped, size - 1 - sources, sources)


def rectangle(
    shape: Sequence[int | Tensor], center: Sequence[Tensor], is_cut: Tensor
) -> Tensor:
    """Marks a rectangle of half the height and half the width.

    What of it is beyond the border is left out.

    Args:
        shape: Sequence `(height, width)` of int or scalar tensors.
        center: Sequence of two integer tensors `(batch,)`: row and column of
            the first pixel after the middle.
        is_cut: bool tensor `(batch,)`. Whether anything is marked.

    Returns:
        bool tensor `(batch, height, width)`.
    """
    inside = []
    for size, middle in zip(shape, center, strict=True):
        length = size // 2
        first = ops.expand_dims(ops.cast(middle, "int32") - length // 2, 1)
        position = ops.expand_dims(ops.arange(size, dtype="int32"), 0)
        inside.append(
            ops.logical_and(position >= first, position < first + length)
        )
    rows = ops.logical_and(inside[0], ops.expand_dims(is_cut, 1))
    return ops.logical_and(
        ops.expand_dims(rows, 2), ops.expand_dims(inside[1], 1)
    )
