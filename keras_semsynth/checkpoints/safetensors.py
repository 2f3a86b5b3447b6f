"""Reads `.safetensors` files: a header in JSON, then the numbers."""

import json
import math
import os
import struct

import numpy as np

_DTYPES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    # bfloat16 has no NumPy type: its bits are the upper half of a float32.
    "BF16": "<u2",
}
# What the format allows; a header is read at once.
_LONGEST_HEADER = 100_000_000


def read_safetensors(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads a `.safetensors` file.

    Args:
        path: str or path-like.

    Returns:
        dict, name -> `np.ndarray` (bfloat16 as float32, which holds it
        exactly).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, or has numbers of an unknown type.

    Example:

    >>> state = keras_semsynth.checkpoints.read_safetensors("G.safetensors")
    >>> state["fc.bias"].shape
    (1024,)
    """
    path = os.fspath(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(size - 8, _LONGEST_HEADER):
                raise ValueError(f"its header claims {length} bytes.")
            header = json.loads(file.read(length))
            header.pop("__metadata__", None)
            first = 8 + length
            return {
                name: _read(file, name, entry, first, size)
                for name, entry in header.items()
            }
        # A damaged header may be of any form.
        except (
            struct.error, ValueError, KeyError, TypeError, AttributeError,
        ) as error:  # fmt: skip
            raise ValueError(
                f"Cannot read {path!r} as safetensors: {error}"
            ) from error


def _read(file, name, entry, first, size):
    code, shape = entry["dtype"], entry["shape"]
    start, end = entry["data_offsets"]
    if code not in _DTYPES:
        raise ValueError(
            f"{name} has numbers of type {code}; known are "
            f"{', '.join(_DTYPES)}."
        )
    dtype = np.dtype(_DTYPES[code])
    whole = all(type(n) is int and n >= 0 for n in (*shape, start, end))
    if not whole or end - start != math.prod(shape) * dtype.itemsize:
        raise ValueError(
            f"{name} of shape {shape} does not fit its {end - start} bytes."
        )
    if first + end > size:
        raise ValueError(f"it ends in the middle of {name}.")
    file.seek(first + start)
    array = np.frombuffer(file.read(end - start), dtype).reshape(shape)
    if code == "BF16":
        return (array.astype("u4") << 16).view("f4")
    return array.astype(dtype.newbyteorder("="))
