"""NumPy's arrays and scalars in a pickle, as plain data."""

import re
from typing import Any

import numpy as np

from keras_semsynth.checkpoints.inert import Inert
from keras_semsynth.checkpoints.pickled import check_shape

_NUMBERS = re.compile(r"[biufc]\d{1,2}")


class PickledDtype:
    """A dtype of numbers as the pickle describes it."""

    __slots__ = ("dtype",)

    def __init__(self, code: Any = None, *_: Any):
        numbers = isinstance(code, str) and _NUMBERS.fullmatch(code)
        self.dtype = np.dtype(code) if numbers else None

    def set_state(self, state: Any) -> None:
        """Takes the byte order."""
        if self.dtype is not None and state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class PickledArray:
    """An array as the pickle describes it; see `to_array`."""

    __slots__ = ("state",)

    def __init__(self, *_: Any):
        self.state = None

    def set_state(self, state: Any) -> None:
        """Takes shape, dtype, order and bytes; checked in `to_array`."""
        self.state = state

    def to_array(self) -> np.ndarray | None:
        """Returns the array, or `None` if it does not hold numbers."""
        if self.state is None:
            return None
        _, shape, dtype, is_fortran, data = self.state
        return _numbers(data, dtype, shape, "F" if is_fortran else "C")


def _numbers(data, dtype, shape, order):
    dtype = dtype.dtype if isinstance(dtype, PickledDtype) else None
    if dtype is None or not isinstance(data, bytes):
        return None
    check_shape(tuple(shape), len(data) // dtype.itemsize)
    array = np.frombuffer(data, dtype).reshape(shape, order=order)
    return array.astype(dtype.newbyteorder("="))


def _scalar(dtype, data=None, *_):
    value = _numbers(data, dtype, (), "C")
    return Inert() if value is None else value.item()


def _from_buffer(data, dtype, shape, order):
    array = PickledArray()
    array.state = (1, shape, dtype, order == "F", data)
    return array


def _encode(text, encoding):
    """How the second protocol of pickles writes bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise ValueError("a text is encoded in an unknown way.")
    return text.encode("latin1")


# Of the functions that NumPy names in a pickle, what stands for each.
FUNCTIONS = {
    ("_codecs", "encode"): _encode,
    ("numpy", "dtype"): PickledDtype,
    **{
        (f"numpy.{core}.{module}", name): function
        for core in ("core", "_core")
        for module, name, function in (
            ("multiarray", "scalar", _scalar),
            ("multiarray", "_reconstruct", PickledArray),
            ("numeric", "_frombuffer", _from_buffer),
        )
    },
}
