"""From the ids of our label maps to the class ids of a scorer."""

import numpy as np

# Places of Cityscapes' 19 scored classes among its ids.
_CITYSCAPES = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28)
_CITYSCAPES += (31, 32, 33)
# Every id that a `uint8` or a -1 can hold must have a row.
_ROWS = 256


def _table(ids, ignored):
    table = np.full(_ROWS, ignored, "int32")
    ids = np.asarray(ids)
    table[ids] = np.arange(len(ids))
    return table


LABEL_TABLES = {
    # Our 35 ids are those of the *_labelIds.png files; 19 train ids.
    "cityscapes": _table(_CITYSCAPES, 255),
    # 0 is unknown and k is class k - 1; the scorer ignores -1.
    "ade20k": _table(range(1, 151), -1),
    "ade20k_outdoor": _table(range(1, 151), -1),
    # With --ade_label_shift: 0 ... 149, and 150 for unknown.
    "ade20k_shifted": _table(range(150), -1),
    # 0 ... 181 as they are, 182 for unknown.
    "coco_stuff": _table(range(182), 255),
}


def to_scorer_ids(label_map: np.ndarray, table: str) -> np.ndarray:
    """Maps a label map into the class space of a scorer.

    | dataset | our ids | scorer ids | ignored |
    | --- | --- | --- | --- |
    | `cityscapes` | 0 ... 34, also 255 | 0 ... 18 | 255 |
    | `ade20k`, `ade20k_outdoor` | 0 unknown, 1 ... 150 | 0 ... 149 | -1 |
    | `ade20k_shifted` | 0 ... 149, 150 unknown | 0 ... 149 | -1 |
    | `coco_stuff` | 0 ... 181, 182 unknown | 0 ... 181 | 255 |

    Args:
        label_map: Integer array of any shape.
        table: Name of a dataset above, or an integer array, the scorer id of
            every id.

    Returns:
        `int32` array of the same shape.

    Raises:
        ValueError: If the dataset is unknown or an id has no row.
    """
    if isinstance(table, str):
        if table not in LABEL_TABLES:
            raise ValueError(
                f"There is no label mapping for {table!r}: give one of "
                f"{sorted(LABEL_TABLES)}, or a table (an array)."
            )
        table = LABEL_TABLES[table]
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
