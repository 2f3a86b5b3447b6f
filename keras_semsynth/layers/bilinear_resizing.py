"""Bilinear resizing of feature maps, at any size known or not."""

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor


def resize_bilinear(
    x: Tensor, height: int | Tensor, width: int | Tensor
) -> Tensor:
    """Resizes with half-pixel centres; border values are repeated.

    One small matrix for each axis, so that sizes may be dynamic and float64
    stays float64 (`keras.ops.image.resize` has neither on TensorFlow). Without
    antialiasing where it shrinks.

    Args:
        x: Float tensor `(batch, H, W, channels)`.
        height: int or scalar int tensor. Rows of the result.
        width: int or scalar int tensor. Columns of the result.

    Returns:
        Tensor `(batch, height, width, channels)` of the dtype of `x`.
    """
    rows = bilinear_weights(ops.shape(x)[1], height, x.dtype)
    columns = bilinear_weights(ops.shape(x)[2], width, x.dtype)
    x = ops.einsum("bijc,wj->biwc", x, columns)
    return ops.einsum("biwc,hi->bhwc", x, rows)


def bilinear_weights(
    source: int | Tensor, size: int | Tensor, dtype: str
) -> Tensor:
    """Returns the share of each source cell in each cell of the result.

    Args:
        source: int or scalar int tensor. Cells along one axis.
        size: int or scalar int tensor. Cells of the result.
        dtype: Float dtype.

    Returns:
        Tensor `(size, source)`, whose rows add up to 1.
    """
    dtype = keras.backend.standardize_dtype(dtype)
    # Positions in half precision would be off by whole cells.
    precise = dtype if dtype == "float64" else "float32"
    scale = ops.cast(source, precise) / ops.cast(size, precise)
    position = (ops.cast(ops.arange(size), precise) + 0.5) * scale - 0.5
    last = ops.cast(source, precise) - 1
    position = ops.minimum(ops.maximum(position, 0.0), last)
    distance = ops.abs(
        ops.expand_dims(position, 1) - ops.cast(ops.arange(source), precise)
    )
    return ops.cast(ops.relu(1.0 - distance), dtype)
