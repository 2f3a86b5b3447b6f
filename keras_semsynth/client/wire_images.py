"""Layouts and photographs as the bytes that go to a server, and back."""

import io
import os
import pathlib

import numpy as np
from PIL import Image

from keras_semsynth.data.label_decoder import read_label_values

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What a broken or dangerous file makes Pillow raise.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    Image.DecompressionBombError,
)


def layout_to_png(layout):
    """Makes a PNG label map of what a user calls a layout.

    A PNG is sent as it is (the server reads grey, indexed and RGB PNGs),
    after a look whether it is whole. Other lossless images become PNGs.

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
            return _to_png(_smallest(read_label_values(str(path))))
        if not path.is_file():
            raise ValueError(f"The layout {path} does not exist.")
        return _checked(path.read_bytes(), str(path), ("PNG",))
    if isinstance(layout, (bytes, bytearray, memoryview)):
        return _checked(bytes(layout), "`layout`", ("PNG",))
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
    return _to_png(_smallest(label_map))


def photograph_to_bytes(photograph):
    """Makes a PNG or JPEG of what a user calls a photograph.

    Args:
        photograph: Path or `bytes` of an image, or `uint8` array
            `(height, width, 3)`.

    Returns:
        bytes.

    Raises:
        ValueError: If it cannot be read.
    """
    if isinstance(photograph, (str, os.PathLike)):
        path = pathlib.Path(photograph)
        if not path.is_file():
            raise ValueError(f"The photograph {path} does not exist.")
        return _checked(path.read_bytes(), str(path), ("PNG", "JPEG"))
    if isinstance(photograph, (bytes, bytearray, memoryview)):
        return _checked(bytes(photograph), "`style`", ("PNG", "JPEG"))
    image = np.asarray(photograph)
    if image.ndim != 3 or image.shape[-1] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "A photograph must be the path or the bytes of a PNG or JPEG, or "
            "a uint8 array (height, width, 3). Received: shape "
            f"{image.shape}, type {image.dtype}."
        )
    return _to_png(image)


def png_to_image(data):
    """Decodes an image that a server has sent.

    Args:
        data: bytes.

    Returns:
        `uint8` array `(height, width, 3)`.

    Raises:
        ValueError: If it is no image.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))
    except _UNREADABLE as error:
        raise ValueError(f"it is no image ({error})") from error


def _checked(data, name, formats):
    """Returns bytes that are whole images of one of some formats."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            found = image.format
    except _UNREADABLE as error:
        raise ValueError(
            f"{name} cannot be read as an image ({error}): send a whole "
            f"{' or '.join(formats)} file."
        ) from error
    if found not in formats:
        raise ValueError(
            f"{name} must be {' or '.join(formats)}. Received: {found}."
        )
    return data


def _smallest(values):
    if values.ndim == 2:
        return values.astype("uint8" if values.max() < 256 else "uint16")
    return values


def _to_png(values):
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, format="PNG")
    return stream.getvalue()
