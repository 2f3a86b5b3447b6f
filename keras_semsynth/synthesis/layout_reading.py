"""Reading and checking of layouts."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth import backend
from keras_semsynth.data.classes import Classes

# A layout as it is given: a path of a label image, ids, or class weights.
Given = str | os.PathLike | np.ndarray


def read_layout(layout: Given, classes: Classes) -> np.ndarray:
    """Reads and checks a layout.

    Args:
        layout: Path of an indexed, grey or RGB image; array
            `(height, width)` of class ids (whole numbers, also as floats);
            `uint8` array `(height, width, 3)` in the colours of the classes; or
            float array `(height, width, num_classes)` of class weights in
            `[0, 1]`, a soft layout.
        classes: `Classes` of its ids.

    Returns:
        `int32` array `(height, width)` with ids in `[0, num_classes)`, or
        `float32` array `(height, width, num_classes)`.

    Raises:
        ValueError: If it cannot be read, is empty, or holds anything else.
    """
    if isinstance(layout, (str, os.PathLike)):
        return classes.ids(layout).astype("int32")
    layout = np.asarray(layout)
    # The copy that a generator reads.
    backend.require_memory(
        4 * layout.size,
        f"A layout of shape {layout.shape}",
        "its size",
        computed=False,
    )
    floating = np.issubdtype(layout.dtype, np.floating)
    if floating and layout.ndim == 3:
        return _soft_layout(layout, classes)
    if _is_painted(layout):
        return classes.ids_of_colors(layout, "`layout`").astype("int32")
    if (
        layout.ndim != 2
        or not layout.size
        or not (floating or np.issubdtype(layout.dtype, np.integer))
    ):
        raise ValueError(
            "`layout` must be the path of a label image, an integer array "
            "(height, width) of class ids, or a float array (height, width, "
            f"{len(classes)}) of class weights, not empty. Received: array of "
            f"shape {layout.shape} and type {layout.dtype}."
        )
    if floating:
        broken = layout[layout != np.rint(layout)]  # NaN too
        if broken.size:
            raise ValueError(
                f"`layout` holds {broken[0]:g}, which is no class id: give "
                "whole numbers, or class weights (height, width, "
                f"{len(classes)})."
            )
    classes.check(layout, "`layout`")
    return layout.astype("int32")


def _is_painted(layout):
    return (
        layout.dtype == np.uint8 and layout.ndim == 3 and layout.shape[2] == 3
    )


def _soft_layout(layout, classes):
    if layout.shape[-1] != len(classes) or not layout.size:
        raise ValueError(
            "A soft `layout` must be a float array (height, width, "
            f"{len(classes)}) of class weights, not empty. Received: shape "
            f"{layout.shape}."
        )
    if not (layout.min() >= 0 and layout.max() <= 1):  # NaN too
        raise ValueError(
            "A soft `layout` must hold class weights from 0 to 1. Received: "
            f"{layout.min():g} to {layout.max():g}."
        )
    return layout.astype("float32")


def likeliest_ids(label_map: np.ndarray) -> np.ndarray:
    """Returns the ids of a layout, also of a soft one.

    Args:
        label_map: What `read_layout` returns.

    Returns:
        `int32` array `(height, width)`.
    """
    if label_map.ndim == 2:
        return label_map
    return np.argmax(label_map, axis=-1).astype("int32")


def are_many(given: Given | Sequence[Given]) -> bool:
    """Tells a list or array of layouts from a single one.

    Floats with three axes are one soft layout, colours one painted layout.
    """
    if isinstance(given, (list, tuple)):
        return True
    values = np.asarray(given)
    floating = np.issubdtype(values.dtype, np.floating)
    if values.ndim == 3:
        return not floating and not _is_painted(values)
    return values.ndim == 4


def one_each(
    given: list[Any], count: int, name: str, others: str = "layout"
) -> list[Any]:
    """Gives each layout its own, of one for all or one for each.

    Args:
        given: List.
        count: int. Layouts there are.
        name: str. The argument, for messages.
        others: str. What each has one of. Defaults to `"layout"`.

    Returns:
        List of `count`.

    Raises:
        ValueError: If there are as many as fit neither.
    """
    if len(given) == 1:
        return given * count
    if len(given) != count:
        raise ValueError(
            f"`{name}` must be one for all, or one for each {others}. "
            f"Received: {len(given)} for {count}."
        )
    return given


def find_region(
    region: int | str | np.ndarray, label_map: np.ndarray, classes: Classes
) -> np.ndarray:
    """Finds where one region of a layout is.

    Args:
        region: Class name or id, or bool array `(height, width)`.
        label_map: Integer array `(height, width)` of ids.
        classes: `Classes` of the layout.

    Returns:
        bool array `(height, width)`.

    Raises:
        ValueError: If it is empty, or has another size.
    """
    if isinstance(region, np.ndarray):
        if region.shape != label_map.shape:
            raise ValueError(
                f"`region` must have the size of the layout, "
                f"{label_map.shape}. Received: shape {region.shape}."
            )
        inside = region.astype(bool)
    else:
        inside = label_map == classes.id_of(region)
    if not inside.any():
        raise ValueError(
            f"The region {region!r} is empty: the layout shows "
            f"{[classes.names[i] for i in np.unique(label_map)]}."
        )
    return inside
