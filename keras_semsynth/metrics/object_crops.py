"""Objects of an instance map, for the Frechet distance of their crops."""

import typing
from collections.abc import Sequence

import numpy as np

# Areas at the size of the generated image; supplement of DP-GAN, table 1.
LARGE_ABOVE = 10_000
SMALL_BELOW = 2_500
# Cityscapes' instance maps: values below are stuff or crowds, above they are
# class id * 1000 + number.
_FIRST_INSTANCE = 1000


class SceneObject(typing.NamedTuple):
    """One object: ids, pixels of its mask, and its tight box.

    Attributes:
        instance: int, value in the instance map.
        label: int, class id.
        area: int, pixels.
        top: int, first row.
        left: int, first column.
        bottom: int, one past the last row.
        right: int, one past the last column.
    """

    instance: int
    label: int
    area: int
    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> str:
        """`"small"` (< 2,500 pixels), `"medium"` or `"large"` (> 10,000)."""
        if self.area > LARGE_ABOVE:
            return "large"
        return "small" if self.area < SMALL_BELOW else "medium"


def find_objects(
    instance_map: np.ndarray, min_area: int = 1
) -> list[SceneObject]:
    """Finds the objects of a Cityscapes instance map.

    Values below 1,000 are stuff or crowds and are no objects.

    Args:
        instance_map: Integer array `(height, width)`, at the size of the
            image that crops are taken from (reduce with nearest neighbour).
        min_area: int. Objects of fewer pixels are left out. Defaults to `1`.

    Returns:
        List of `SceneObject`, in the order of their instance ids.

    Raises:
        ValueError: If `instance_map` is not a map of integers.
    """
    instance_map = np.asarray(instance_map)
    if instance_map.ndim != 2 or instance_map.dtype.kind not in "iu":
        raise ValueError(
            "`instance_map` must be an integer array (height, width). "
            f"Received: {instance_map.dtype} of shape {instance_map.shape}."
        )
    rows, columns = np.nonzero(instance_map >= _FIRST_INSTANCE)
    ids, places = np.unique(instance_map[rows, columns], return_inverse=True)
    areas = np.bincount(places, minlength=len(ids))
    low, high = ([np.full(len(ids), x) for _ in "yx"] for x in (1 << 31, -1))
    for axis, positions in enumerate((rows, columns)):
        np.minimum.at(low[axis], places, positions)
        np.maximum.at(high[axis], places, positions)
    return [
        SceneObject(
            int(instance),
            int(instance) // _FIRST_INSTANCE,
            int(area),
            int(low[0][i]),
            int(low[1][i]),
            int(high[0][i]) + 1,
            int(high[1][i]) + 1,
        )
        for i, (instance, area) in enumerate(zip(ids, areas, strict=True))
        if area >= min_area
    ]


def crop(image: np.ndarray, scene_object: SceneObject) -> np.ndarray:
    """Cuts an object's box out of an image: no margin, no mask.

    Args:
        image: Array `(height, width, ...)`.
        scene_object: `SceneObject` of a map of that size.

    Returns:
        View `(bottom - top, right - left, ...)`.

    Raises:
        ValueError: If the box is not inside the image.
    """
    _, _, _, top, left, bottom, right = scene_object
    if bottom > image.shape[0] or right > image.shape[1]:
        raise ValueError(
            f"The box of object {scene_object.instance} ends at row {bottom}, "
            f"column {right}, outside the image of {image.shape[0]}x"
            f"{image.shape[1]}: resize the instance map to the image first."
        )
    return image[top:bottom, left:right]


def choose_min_area(
    areas: Sequence[int], counts: Sequence[int] = (69, 378, 3190)
) -> int:
    """Finds the smallest object of a published table from its counts.

    The paper does not state it. The limit returned brings the number of
    large, medium and small objects closest to the given ones (sum of absolute
    differences; the smallest such limit).

    Args:
        areas: Sequence of int, pixels of all objects of the set.
        counts: Published numbers of large, medium and small objects. Defaults
            to those of DP-GAN on Cityscapes.

    Returns:
        int, for `find_objects`.

    Raises:
        ValueError: If there are no objects.
    """
    areas = np.sort(np.asarray(areas, "int64"))
    if not len(areas):
        raise ValueError("`areas` is empty: there are no objects to count.")
    # Only a limit just above an area changes what is counted.
    limits = np.unique(np.concatenate([[1], areas + 1]))

    def counted(low, high=None):
        """Objects with low <= area < high, for each limit."""
        first = np.searchsorted(areas, np.maximum(limits, low))
        last = len(areas) if high is None else np.searchsorted(areas, high)
        return np.maximum(last - first, 0)

    found = (
        counted(LARGE_ABOVE + 1),
        counted(SMALL_BELOW, LARGE_ABOVE + 1),
        counted(0, SMALL_BELOW),
    )
    difference = sum(
        np.abs(number - wanted)
        for number, wanted in zip(found, counts, strict=True)
    )
    return int(limits[np.argmin(difference)])
