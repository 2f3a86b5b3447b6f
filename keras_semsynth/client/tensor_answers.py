"""Answers in messages of TensorFlow, read by what they declare."""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tensorflow.core.framework import tensor_pb2

_MOST_AXES = 8


def decode_tensor(
    tensor: "tensor_pb2.TensorProto", rows: int, values: int
) -> np.ndarray:
    """Reads a tensor that came from a stranger.

    `tensorflow.make_ndarray` allocates what a shape announces, and fills it
    with the last value that came.

    Args:
        tensor: `TensorProto`.
        rows: int. Length of the first axis.
        values: int. Numbers or strings that there may be.

    Returns:
        `float32` array `(rows, ...)` of finite values, or `object` array of
        `bytes`.

    Raises:
        ValueError: If the tensor is something else.
    """
    from tensorflow.core.framework import types_pb2

    shape = [axis.size for axis in tensor.tensor_shape.dim]
    if tensor.tensor_shape.unknown_rank or not 1 <= len(shape) <= _MOST_AXES:
        raise ValueError(f"a tensor of {len(shape)} axes")
    if min(shape) < 0 or shape[0] != rows:
        raise ValueError(f"shape {tuple(shape)} instead of {rows} rows")
    count = math.prod(shape)
    if count > values:
        raise ValueError(f"shape {tuple(shape)}: more values than can be")
    if tensor.dtype == types_pb2.DT_STRING:
        found = tensor.string_val
    elif tensor.dtype != types_pb2.DT_FLOAT:
        name = types_pb2.DataType.Name(tensor.dtype)
        raise ValueError(f"{name} instead of DT_FLOAT or DT_STRING")
    elif tensor.tensor_content:
        if len(tensor.tensor_content) != 4 * count:
            raise ValueError(
                f"{len(tensor.tensor_content)} bytes for shape {tuple(shape)}"
            )
        found = np.frombuffer(tensor.tensor_content, "<f4")
    else:
        found = tensor.float_val
    if len(found) != count:
        raise ValueError(f"{len(found)} values for shape {tuple(shape)}")
    if tensor.dtype == types_pb2.DT_STRING:
        strings = np.empty(count, object)
        strings[:] = list(found)
        return strings.reshape(shape)
    array = np.array(found, "float32")
    if not np.isfinite(array).all():
        raise ValueError("values that are not finite")
    return array.reshape(shape)
