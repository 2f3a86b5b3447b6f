"""Reads `.safetensors` files: a header in JSON, then the numbers."""

import json
import math
import os
import struct

import numpy as np

from keras_semsynth.checkpoints.pickled import check_axes
from keras_semsynth.checkpoints.reasons import reason_of

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
        try:
            return _read_all(file, os.fstat(file.fileno()).st_size)
        # A damaged or forged header may raise nearly anything.
        except Exception as error:
            raise ValueError(
                f"Cannot read {path!r} as safetensors: {reason_of(error)}"
            ) from error


def _read_all(file, size):
    (length,) = struct.unpack("<Q", file.read(8))
    if length > min(size - 8, _LONGEST_HEADER):
        raise ValueError(f"its header claims {length} bytes.")
    header = json.loads(file.read(length), object_pairs_hook=_each_once)
    header.pop("__metadata__", None)
    first = 8 + length
    places = {
        name: _place(name, entry, size - first)
        for name, entry in header.items()
    }
    _check_side_by_side(places, size - first)
    return {
        name: _array(file, first + start, end - start, *kind)
        for name, (start, end, *kind) in places.items()
    }


def _each_once(pairs):
    """A dict of JSON; of two entries of one name none is the right one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("its header has a name twice.")
    return found


def _place(name, entry, there):
    """Where the numbers lie, and what they are: checked, nothing read."""
    code, shape = entry["dtype"], entry["shape"]
    start, end = entry["data_offsets"]
    if code not in _DTYPES:
        raise ValueError(
            f"{name} has numbers of type {code}; known are "
            f"{', '.join(_DTYPES)}."
        )
    dtype = np.dtype(_DTYPES[code])
    whole = all(type(n) is int and n >= 0 for n in (*shape, start, end))
    if not whole or not start <= end:
        raise ValueError(f"{name} of shape {shape} does not fit its place.")
    if end > there:
        raise ValueError(f"it ends in the middle of {name}.")
    check_axes(tuple(shape))
    if end - start != math.prod(shape) * dtype.itemsize:
        raise ValueError(
            f"{name} of shape {shape} does not fit its {end - start} bytes."
        )
    return start, end, code, shape


def _check_side_by_side(places, there):
    """Each byte belongs to one tensor, so all are no larger than the file."""
    reached = 0
    for name, (start, end, *_) in sorted(
        places.items(), key=lambda item: item[1][:2]
    ):
        if start != reached:
            raise ValueError(f"{name} overlaps another tensor, or leaves a gap")
        reached = end
    if reached != there:
        raise ValueError(f"{there - reached} bytes at its end are no tensor's.")


def _array(file, start, length, code, shape):
    dtype = np.dtype(_DTYPES[code])
    file.seek(start)
    array = np.frombuffer(file.read(length), dtype).reshape(shape)
    if code == "BF16":
        return (array.astype("u4") << 16).view("f4")
    return array.astype(dtype.newbyteorder("="))
