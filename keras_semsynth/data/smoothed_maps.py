"""Recognises label maps that were resized with interpolation or saved lossy.

Such a map has a few values that fill areas, those of its classes, and many
others along the edges that are mixtures of them and fill no area at all.
"""

import dataclasses
import itertools
import math

import numpy as np

from keras_semsynth.data.counting import Key
from keras_semsynth.data.counting import ValueCounts
from keras_semsynth.data.palettes import nearest_colors

# A class, even one of small objects, has at least this part of its pixels
# inside areas (centres of 3x3 pixels of one value); a mixture has almost none.
INSIDE_AREAS = 0.05
# Classes hold at least this part of all pixels: lossy compression touches
# half of a small map. A photograph has less in areas of one colour.
MAIN_SHARE = 0.3
# Fewer other values than these may be classes of lines one pixel wide.
FEWEST_OTHERS = 3
# Lossy compression shifts whole areas by a few steps (Euclidean, RGB). A twin
# that is further off has far fewer pixels than the colour that it was.
NEAR_TWIN_DISTANCE = 8
TWIN_DISTANCE = 16
TWIN_SHARE = 0.25
# At least this part of the others lies between two main values, so near to
# the line between them.
BETWEEN_SHARE = 0.5
BETWEEN_DISTANCE = 16
# Others that are looked at for this.
MOST_LOOKED_AT = 1000
# Further than this are no two colours: all of them are mapped.
ANY_DISTANCE = 442


@dataclasses.dataclass(frozen=True)
class Smoothing:
    """What was found in smoothed label maps.

    Args:
        main: list of ids or colours, those of the classes, in order.
        others: list of the other values.
        share: float. The part of all pixels that the main values have.
        complete: bool. Whether no other value was forgotten.
    """

    main: list[Key]
    others: list[Key]
    share: float
    complete: bool

    def summary(self) -> str:
        """What was found, as a part of a sentence."""
        noun = "colours" if isinstance(self.main[0], tuple) else "ids"
        number = len(self.others)
        others = f"{number}" if self.complete else f"more than {number}"
        return (
            f"{len(self.main)} {noun} hold {100 * self.share:.1f}% of the "
            f"pixels, and {others} others lie along edges without an area of "
            "their own"
        )

    def tolerance(self, palette: np.ndarray | None = None) -> int:
        """The `palette_tolerance` that maps all others to the main values.

        Args:
            palette: uint8 array `(num_colors, 3)`. Defaults to the colours of
                the main values.

        Returns:
            int.
        """
        if not self.complete:
            return ANY_DISTANCE
        if palette is None:
            palette = as_colors(self.main)
        found = as_colors([*self.main, *self.others])
        return math.ceil(nearest_colors(found, palette)[1].max())


def find_smoothing(counts: ValueCounts) -> Smoothing | None:
    """Tells whether label maps are smoothed.

    Args:
        counts: `ValueCounts` of all of them.

    Returns:
        `Smoothing`, or `None` if they are not.
    """
    solid = [
        key
        for key, pixels in counts.pixels.items()
        if counts.solid[key] >= INSIDE_AREAS * pixels and counts.solid[key]
    ]
    others = len(counts.pixels) - len(solid)
    if len(solid) < 2 or others < max(FEWEST_OTHERS, len(solid) / 2):
        return None
    if len({isinstance(key, tuple) for key in counts.pixels}) > 1:
        return None
    main = _without_twins(solid, counts)
    share = counts.share(main)
    if len(main) < 2 or share < MAIN_SHARE:
        return None
    chosen = set(main)
    rest = [key for key, _ in counts.pixels.most_common() if key not in chosen]
    if len(rest) < max(FEWEST_OTHERS, len(main)):
        return None
    if _share_between(rest[:MOST_LOOKED_AT], main) < BETWEEN_SHARE:
        return None
    return Smoothing(sorted(main), rest, share, counts.complete)


def as_colors(keys: list[Key]) -> np.ndarray:
    """Colours `(count, 3)` of values; of ids above 255, the nearest."""
    values = np.array(keys).reshape(len(keys), -1)
    return np.clip(np.broadcast_to(values, (len(keys), 3)), 0, 255).astype(
        "uint8"
    )


def _positions(keys):
    return np.array(keys, "float32").reshape(len(keys), -1)


def _without_twins(keys, counts):
    if not isinstance(keys[0], tuple):
        return keys
    kept = []

    def is_twin(key, of):
        distance = math.dist(key, of)
        share = counts.solid[key] / counts.solid[of]
        return distance <= NEAR_TWIN_DISTANCE or (
            distance <= TWIN_DISTANCE and share <= TWIN_SHARE
        )

    for key in sorted(keys, key=lambda key: -counts.solid[key]):
        if not any(is_twin(key, of) for of in kept):
            kept.append(key)
    return kept


def _share_between(keys, main):
    """The part of some values that lies between two main ones."""
    points, ends = _positions(keys), _positions(main)
    between = np.zeros(len(points), bool)
    slack = BETWEEN_DISTANCE if points.shape[1] == 3 else 0
    for start, end in itertools.combinations(ends, 2):
        line = end - start
        along = (points - start) @ line / (line @ line)
        foot = start + np.clip(along, 0, 1)[:, None] * line
        between |= ((points - foot) ** 2).sum(1) <= slack**2
    return between.mean()
