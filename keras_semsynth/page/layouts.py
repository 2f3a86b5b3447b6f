"""Layouts on the wire, and what the page is told of their classes.

A layout on the wire holds ids of the network. A layout file follows the rule
of the run's label files, as everywhere in this package, so that what the page
saves is also understood by the other commands.
"""

import os
from typing import Any

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.files.dataset_file import find_dataset_file
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.images import read_label_values


def describe_classes(classes: Classes) -> dict[str, Any]:
    """Collects what the page must know of the classes.

    Args:
        classes: `Classes`.

    Returns:
        dict of JSON values: those of `Classes.to_json`, `file_values` (the
        number of each class in label files) and `background` (the id that a
        new layout has).
    """
    return {
        **classes.to_json(),
        "file_values": classes.file_values(),
        "background": classes.unknown_id or 0,
    }


def read_ids(classes: Classes, data: bytes, max_pixels: int) -> np.ndarray:
    """Decodes a layout of the wire.

    Args:
        classes: `Classes`.
        data: bytes of a PNG of ids, or of the colours of the palette.
        max_pixels: int.

    Returns:
        `int32` array `(height, width)`.

    Raises:
        UnknownLabelError: If an id or colour stands for no class.
        ImageError: If the PNG cannot be used.
    """
    values = _read_values(data, max_pixels)
    if values.ndim == 3:
        return classes.ids_of_colors(values, "The layout").astype("int32")
    classes.check(values)
    return values.astype("int32")


def read_file(classes: Classes, data: bytes, max_pixels: int) -> np.ndarray:
    """Decodes a layout file, which follows the rule of label files.

    Args:
        classes: `Classes`.
        data: bytes of a PNG.
        max_pixels: int.

    Returns:
        `int32` array `(height, width)`.

    Raises:
        UnknownLabelError: If an id or colour stands for no class.
        ImageError: If the PNG cannot be used.
    """
    values = _read_values(data, max_pixels)
    return classes.ids(values, "the file").astype("int32")


def read_dataset(path: str | os.PathLike) -> dict[str, Any]:
    """Reads the `dataset.json` of a run or of an exported model.

    Args:
        path: Path of a run directory, of a file in it, of an exported version
            folder, or of a `dataset.json`.

    Returns:
        dict, empty if there is none.

    Raises:
        JSONError: If it cannot be used.
    """
    file = find_dataset_file(path)
    return {} if file is None else read_dataset_file(file)


def _read_values(data, max_pixels):
    return read_label_values(data, "the layout", ("PNG",), max_pixels)
