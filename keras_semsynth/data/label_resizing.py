"""Resizing of label maps outside the network."""

from collections.abc import Sequence

import numpy as np


def resize_nearest(ids: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Resizes a map by the rule of `layers.resize_label_map`.

    Args:
        ids: Array `(height, width)` or `(height, width, channels)`.
        size: `(height, width)` of the result.

    Returns:
        Array of that height and width with values of `ids`.
    """
    if ids.shape[:2] == tuple(size):
        return ids
    rows, columns = (
        np.minimum(
            np.floor(
                np.arange(new, dtype="float32")
                * (np.float32(old) / np.float32(new))
            ).astype("int64"),
            old - 1,
        )
        for old, new in zip(ids.shape[:2], size, strict=True)
    )
    return ids[rows[:, None], columns[None, :]]
