"""Counts the values of label maps, and tells areas from edges."""

import collections
import dataclasses
from collections.abc import Iterable

import numpy as np

from keras_semsynth.data.palettes import colors_of_codes

# An id, or (red, green, blue).
Key = int | tuple[int, int, int]
# More values than these are no classes; those with the fewest pixels are
# forgotten, so that photographs taken for label maps do not fill the memory.
MOST_OF_FILE = 4096
MOST = 65536


@dataclasses.dataclass
class FileCounts:
    """How often values occur in one file.

    Args:
        keys: list, ids or colours.
        pixels: Integer array, pixels of each.
        solid: Integer array, those of them that are the centre of a square of
            3x3 pixels of one value.
        total: int. Pixels of the file.
    """

    keys: list[Key]
    pixels: np.ndarray
    solid: np.ndarray
    total: int


def count_values(values: np.ndarray, is_color: bool = False) -> FileCounts:
    """Counts the values of one label map.

    Args:
        values: Integer array `(height, width)` of ids, or of what
            `color_codes` makes of colours.
        is_color: bool. Whether they are the latter. Defaults to `False`.

    Returns:
        `FileCounts`.
    """
    flat = values.ravel()
    # Label maps are runs of one value: far fewer than pixels to sort.
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = np.concatenate([[0], changes])
    lengths = np.diff(np.append(starts, flat.size))
    found, place = np.unique(flat[starts], return_inverse=True)
    solid = np.add.reduceat(_solid(values).ravel(), starts, dtype="int64")
    pixels = np.bincount(place, lengths).astype("int64")
    solid = np.bincount(place, solid).astype("int64")
    if len(found) > MOST_OF_FILE:
        kept = np.sort(np.argsort(-pixels, kind="stable")[:MOST_OF_FILE])
        found, pixels, solid = found[kept], pixels[kept], solid[kept]
    keys = found.tolist()
    if is_color:
        keys = [tuple(color) for color in colors_of_codes(found).tolist()]
    return FileCounts(keys, pixels, solid, flat.size)


class ValueCounts:
    """How often values occur in all files.

    Attributes:
        pixels: Counter, id or colour -> pixels.
        solid: Counter, likewise those inside areas.
        files: Counter, likewise files.
        first_file: dict, likewise the first file.
        total: int. Pixels of all files.
        complete: bool. Whether no value was forgotten.
        numbered: Counter, number of ids -> files that hold just the ids from
            0 or 1 on.
        count: int. All files.
    """

    def __init__(self):
        self.pixels = collections.Counter()
        self.solid = collections.Counter()
        self.files = collections.Counter()
        self.first_file = {}
        self.total = 0
        self.complete = True
        self.numbered = collections.Counter()
        self.count = 0

    def __bool__(self) -> bool:
        return self.total > 0

    def add(self, path: str, counts: FileCounts) -> None:
        """Adds the counts of one file."""
        self.count += 1
        self.total += counts.total
        first, last = counts.keys[0], counts.keys[-1]
        if first in (0, 1) and last - first + 1 == len(counts.keys):
            self.numbered[len(counts.keys)] += 1
        self.complete &= int(counts.pixels.sum()) == counts.total
        rows = zip(
            counts.keys,
            counts.pixels.tolist(),
            counts.solid.tolist(),
            strict=True,
        )
        for key, pixels, solid in rows:
            self.pixels[key] += pixels
            self.solid[key] += solid
            self.files[key] += 1
            self.first_file.setdefault(key, path)
        if len(self.pixels) > 2 * MOST:
            self.complete = False
            for key, _ in self.pixels.most_common()[MOST:]:
                for table in (
                    self.pixels, self.solid, self.files, self.first_file,
                ):  # fmt: skip
                    del table[key]

    @property
    def ids(self) -> list[int]:
        """The ids, in ascending order."""
        return sorted(key for key in self.pixels if isinstance(key, int))

    @property
    def colors(self) -> list[tuple[int, int, int]]:
        """The colours, in the order of red, green, blue."""
        return sorted(key for key in self.pixels if isinstance(key, tuple))

    def in_colors(self) -> "ValueCounts":
        """The same with each grey id up to 255 as the colour that it has."""
        result = ValueCounts()
        for name in ("pixels", "solid", "files", "first_file"):
            for key, value in getattr(self, name).items():
                getattr(result, name)[(key,) * 3] = value
        result.total, result.complete = self.total, self.complete
        return result

    def share(self, keys: Iterable[Key]) -> float:
        """The part of all pixels that some values have."""
        return sum(self.pixels[key] for key in keys) / max(1, self.total)


def _solid(values):
    """Which pixels are the centre of 3x3 pixels of one value."""
    result = np.zeros(values.shape, bool)
    if min(values.shape) < 3:
        return result
    across = values[:, 1:] == values[:, :-1]
    across = across[:, 1:] & across[:, :-1]
    down = values[1:, 1:-1] == values[:-1, 1:-1]
    result[1:-1, 1:-1] = (
        across[:-2] & across[1:-1] & across[2:] & down[1:] & down[:-1]
    )
    return result
