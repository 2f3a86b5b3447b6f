"""Photographs that set a look, or are repainted."""

import os
from collections.abc import Sequence

import numpy as np

from keras_semsynth.files.images import read_image
from keras_semsynth.files.pictures import to_uint8

Photograph = str | os.PathLike | np.ndarray


def are_several(given: Photograph | Sequence[Photograph]) -> bool:
    """Tells a list or array of photographs from a single one."""
    return isinstance(given, (list, tuple)) or np.ndim(given) == 4


def read_photograph(given: Photograph, name: str) -> np.ndarray:
    """Reads and checks a photograph.

    Args:
        given: Path, `uint8` array `(height, width, 3)`, or such a float array
            in `[-1, 1]`, which is rounded to 8 bits.
        name: str. The argument, for messages.

    Returns:
        `uint8` array `(height, width, 3)`.

    Raises:
        ValueError: If it cannot be read.
    """
    if isinstance(given, (str, os.PathLike)):
        return read_image(str(given))
    pixels = np.asarray(given)
    floating = np.issubdtype(pixels.dtype, np.floating)
    if (
        pixels.ndim != 3
        or pixels.shape[-1] != 3
        or not pixels.size
        or not (floating or pixels.dtype == np.uint8)
    ):
        raise ValueError(
            f"`{name}` must hold paths of photographs, uint8 arrays (height, "
            "width, 3), or such float arrays in [-1, 1]. Received: array of "
            f"shape {pixels.shape} and type {pixels.dtype}."
        )
    if not floating:
        return pixels
    if not np.abs(pixels).max() <= 1:  # NaN too
        raise ValueError(
            f"`{name}` holds floats outside [-1, 1]: divide levels of 0 to 255 "
            "by 127.5 and subtract 1, or give uint8 arrays."
        )
    return to_uint8(pixels)


def read_photographs(
    given: Photograph | Sequence[Photograph], name: str
) -> list[np.ndarray]:
    """Reads the photographs of an argument, one or several.

    Args:
        given: As for `read_photograph`, or a list or array of such.
        name: str. The argument, for messages.

    Returns:
        List of `uint8` arrays `(height, width, 3)`.

    Raises:
        ValueError: If there is none, or one cannot be read.
    """
    photographs = given if are_several(given) else [given]
    if not len(photographs):
        raise ValueError(f"`{name}` is empty: give at least one photograph.")
    return [read_photograph(one, name) for one in photographs]
