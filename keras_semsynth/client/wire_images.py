"""Layouts and photographs as the bytes that go to a server, and back."""

import io
import os
import pathlib

import numpy as np

from keras_semsynth.files.image_headers import png_orientation
from keras_semsynth.files.images import encode_png
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.images import read_plain_photograph

Layout = str | os.PathLike | bytes | np.ndarray
Photograph = str | os.PathLike | bytes | np.ndarray


def layout_to_png(layout: Layout) -> bytes:
    """Makes a PNG label map of what a user calls a layout.

    A PNG is sent as it is (the server reads grey, indexed and RGB PNGs),
    after a look whether it is whole. Other lossless images become PNGs, and
    so does a PNG that must be turned, which the server does not do.

    Args:
        layout: Path of a label image, PNG as `bytes`, or integer array
            `(height, width)` of class ids.

    Returns:
        bytes.

    Raises:
        ValueError: If it cannot be read or holds what cannot be an id.
    """
    if isinstance(layout, (str, os.PathLike)):
        path = pathlib.Path(layout)
        if path.suffix.lower() != ".png":
            return encode_png(_smallest(read_label_values(path)))
        values = read_label_values(path, formats=("PNG",))
        return _upright_png(path.read_bytes(), values)
    if isinstance(layout, (bytes, bytearray, memoryview)):
        values = read_label_values(layout, "`layout`", ("PNG",))
        return _upright_png(bytes(layout), values)
    label_map = np.asarray(layout)
    if (
        label_map.ndim != 2
        or not label_map.size
        or not np.issubdtype(label_map.dtype, np.integer)
    ):
        raise ValueError(
            "`layout` must be the path or the bytes of a PNG label map, or an "
            "integer array (height, width) of class ids. Received: array of "
            f"shape {label_map.shape} and type {label_map.dtype}."
        )
    low, high = int(label_map.min()), int(label_map.max())
    if low < 0 or high > 65535:
        raise ValueError(
            f"`layout` holds ids from {low} to {high}, but an id must be "
            "between 0 and the number of classes less one."
        )
    return encode_png(_smallest(label_map))


def photograph_to_bytes(photograph: Photograph) -> bytes:
    """Makes a PNG or JPEG of what a user calls a photograph.

    The server reads pixels alone: a file whose orientation, profile, depth or
    transparency changes how it looks becomes a PNG of what a viewer shows.

    Args:
        photograph: Path or `bytes` of an image, or `uint8` array
            `(height, width, 3)`.

    Returns:
        bytes.

    Raises:
        ValueError: If it cannot be read.
    """
    if isinstance(photograph, (str, os.PathLike)):
        return read_plain_photograph(photograph)
    if isinstance(photograph, (bytes, bytearray, memoryview)):
        return read_plain_photograph(photograph, "`style`")
    image = np.asarray(photograph)
    if image.ndim != 3 or image.shape[-1] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "A photograph must be the path or the bytes of an image, or a "
            "uint8 array (height, width, 3). Received: shape "
            f"{image.shape}, type {image.dtype}."
        )
    return encode_png(image)


def _upright_png(data, values):
    if png_orientation(io.BytesIO(data)) == 1:
        return data
    return encode_png(_smallest(values))


def _smallest(values):
    if values.ndim == 2:
        return values.astype("uint8" if values.max() < 256 else "uint16")
    return values
