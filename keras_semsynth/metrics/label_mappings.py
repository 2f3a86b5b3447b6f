"""From the ids of our label maps to the class ids of a scorer."""

import numpy as np


def to_scorer_ids(label_map: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Maps a label map into the class space of a scorer.

    Args:
        label_map: Integer array of any shape.
        table: Integer array, the scorer's id of every id: `scorer_ids` of a
            `keras_semsynth.data.Dataset`.

    Returns:
        `int32` array of the same shape.

    Raises:
        ValueError: If an id has no row.
    """
    label_map = np.asarray(label_map)
    if label_map.dtype.kind not in "iu":
        raise ValueError(
            f"`label_map` must hold integer ids. Received: {label_map.dtype}."
        )
    if label_map.size:
        low, high = int(label_map.min()), int(label_map.max())
        if low < 0 or high >= len(table):
            raise ValueError(
                f"`label_map` must hold ids 0 to {len(table) - 1}. Received: "
                f"{low if low < 0 else high}."
            )
    return np.asarray(table, "int32")[label_map]
