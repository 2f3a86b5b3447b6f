"""Tensors of PyTorch as a pickle describes them: views of flat storages."""

import math
from typing import NamedTuple

import numpy as np

# bfloat16 has no NumPy type: its bits are the upper half of a float32.
BFLOAT16 = "bfloat16"

# NumPy's own limit on axes of older versions; networks have up to five.
_MOST_AXES = 32
# The longest axis of an array without elements.
_LONGEST_EMPTY_AXIS = 2**24


def check_axes(shape: tuple[int, ...]) -> None:
    """Raises unless a shape is one that weights can have.

    Args:
        shape: tuple of int, none negative.

    Raises:
        ValueError: If it has too many or too long axes, or no elements and is
            longer than any network needs.
    """
    if len(shape) > _MOST_AXES or any(n > 2**62 for n in shape):
        raise ValueError("a shape has too many or too long axes.")
    if 0 in shape and max(shape) > _LONGEST_EMPTY_AXIS:
        raise ValueError(f"an array of shape {shape} has no elements.")


def check_shape(shape: tuple[int, ...], elements: int) -> None:
    """Raises unless there are as many numbers as a shape announces.

    Args:
        shape: tuple of int, none negative.
        elements: int. Numbers that are there.

    Raises:
        ValueError: If there are fewer; see also `check_axes`.
    """
    check_axes(shape)
    if math.prod(shape) > elements:
        raise ValueError(
            f"tensor of shape {shape} is larger than its storage of "
            f"{elements} elements."
        )


def item_size(dtype: str) -> int:
    return 2 if dtype == BFLOAT16 else np.dtype(dtype).itemsize


class Storage:
    """A flat piece of memory that tensors view; its bytes come later.

    Attributes:
        key: str. Name inside the file.
        dtype: str. NumPy type, `"bfloat16"`, or `None` for raw bytes.
        size: int. Elements, or bytes where `dtype` is `None`.
        data: bytes, once read.
        offset: int. Elements of `data` before this view (old files only).
    """

    __slots__ = ("key", "dtype", "size", "data", "offset", "base")

    def __init__(
        self,
        key: str,
        dtype: str,
        size: int,
        offset: int = 0,
        base: "Storage | None" = None,
    ):
        self.key = key
        self.dtype = dtype
        self.size = size
        self.data = None
        self.offset = offset
        self.base = base

    def bytes(self) -> bytes:
        return (self.base or self).data


class PickledTensor(NamedTuple):
    """A tensor as the file describes it; see `to_array`."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple
    dtype: str

    def to_array(self, byte_order: str = "<") -> np.ndarray:
        """Copies the viewed elements out of the storage.

        Args:
            byte_order: `"<"` or `">"`, the order of the file.

        Returns:
            A contiguous `np.ndarray`; bfloat16 becomes float32.

        Raises:
            ValueError: If the view reaches outside of its storage, or has more
                elements.
        """
        code = "u2" if self.dtype == BFLOAT16 else self.dtype
        stored = np.dtype(code).newbyteorder(byte_order)
        data = self.storage.bytes()
        flat = np.frombuffer(data, stored, len(data) // stored.itemsize)
        first = self.storage.offset + self.offset
        # The rule that keeps a forged stride from reading other memory.
        last = first + sum(
            (size - 1) * stride
            for size, stride in zip(self.shape, self.strides, strict=True)
        )
        empty = 0 in self.shape
        if not empty and not 0 <= first <= last < len(flat):
            raise ValueError(
                f"tensor of shape {self.shape} reaches element {last} of a "
                f"storage of {len(flat)} elements."
            )
        # An expanded tensor is no reason to reserve more than the file has.
        check_shape(self.shape, len(flat))
        if empty:
            array = np.zeros(self.shape, stored)
        else:
            array = np.lib.stride_tricks.as_strided(
                flat[first:],
                self.shape,
                [stride * stored.itemsize for stride in self.strides],
            )
        if self.dtype == BFLOAT16:
            return (array.astype("u4") << 16).view("f4")
        return array.astype(np.dtype(code), order="C")
