"""What must not be computed in half precision."""

import keras
from keras import ops

HALF = ("float16", "bfloat16")


def full_precision_dtype(dtype):
    """Returns `"float32"` for a half precision dtype, else the dtype.

    Args:
        dtype: str or Keras dtype of floats.
    """
    dtype = keras.backend.standardize_dtype(dtype)
    return "float32" if dtype in HALF else dtype


def full_precision(x):
    """Casts half precision to float32; leaves float32 and float64 alone.

    Args:
        x: Float tensor. Integers become float32.
    """
    dtype = keras.backend.standardize_dtype(x.dtype)
    if "float" not in dtype:
        return ops.cast(x, "float32")
    return ops.cast(x, full_precision_dtype(dtype))
