"""A convolution of an enlarged map that never makes the enlarged map."""

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.bilinear_resizing import bilinear_weights


def convolve_enlarged(
    x: Tensor, kernel: Tensor, height: int | Tensor, width: int | Tensor
) -> Tensor:
    """Convolves what `resize_bilinear` makes of a small map.

    Enlarging and convolving are linear, and both work on rows and columns one
    after the other. So the taps of the kernel are applied to the small map,
    each by itself, and one matrix for each axis enlarges, shifts and adds up
    what comes of them.

    Args:
        x: Float tensor `(batch, h, w, channels)`.
        kernel: Float tensor `(size, size, channels, filters)`, `size` odd.
        height: int or scalar int tensor. Rows of the enlarged map.
        width: int or scalar int tensor. Columns of the enlarged map.

    Returns:
        Tensor `(batch, height, width, filters)`: the convolution of the
        enlarged map, with zeros around it.
    """
    rows, columns = ops.shape(x)[1:3]
    size, _, channels, filters = kernel.shape
    taps = ops.reshape(
        ops.transpose(kernel, (2, 0, 1, 3)), (channels, size * size * filters)
    )
    x = ops.reshape(
        ops.matmul(x, taps), (-1, rows, columns, size, size, filters)
    )
    # Each axis of the map beside that of the taps along it.
    x = ops.transpose(x, (0, 3, 1, 4, 2, 5))
    x = ops.reshape(x, (-1, size * rows, size * columns, filters))
    x = ops.matmul(_shifted_weights(columns, width, size, x.dtype), x)
    x = ops.reshape(x, (-1, size * rows, width * filters))
    x = ops.matmul(_shifted_weights(rows, height, size, x.dtype), x)
    return ops.reshape(x, (-1, height, width, filters))


def _shifted_weights(source, size, kernel_size, dtype):
    """The share of each source cell, by tap, in each cell of the result."""
    pad = kernel_size // 2
    padded = ops.pad(
        bilinear_weights(source, size, dtype), [[pad, pad], [0, 0]]
    )
    return ops.concatenate(
        [padded[i : i + size] for i in range(kernel_size)], axis=-1
    )
