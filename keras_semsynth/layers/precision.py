"""What must not be computed in half precision."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor

HALF = ("float16", "bfloat16")


def full_precision_dtype(dtype: str) -> str:
    """Returns `"float32"` for a half precision dtype, else the dtype.

    Args:
        dtype: str or Keras dtype of floats.
    """
    dtype = keras.backend.standardize_dtype(dtype)
    return "float32" if dtype in HALF else dtype


def mean_by_axes(x: Tensor, axes: Sequence[int]) -> Tensor:
    """Mean over several axes, one after the other; the axes are kept.

    TensorFlow adds up on a CPU in order: over a batch of maps at once, the
    mean is off by up to 2e-5 of a standard deviation.

    Args:
        x: Float tensor.
        axes: iterable of int.
    """
    for axis in axes:
        x = ops.mean(x, axis=axis, keepdims=True)
    return x


def full_precision(x: Tensor) -> Tensor:
    """Casts half precision to float32; leaves float32 and float64 alone.

    Args:
        x: Float tensor. Integers become float32.
    """
    dtype = keras.backend.standardize_dtype(x.dtype)
    if dtype in HALF or "float" not in dtype:
        return ops.cast(x, "float32")
    return ops.convert_to_tensor(x)
