"""Maps at ever smaller sizes, each the average of the one before."""

from collections.abc import Callable

from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.label_map import one_hot_label_map


def halve(x: Tensor) -> Tensor:
    """Averages blocks of 2x2.

    Args:
        x: Float tensor `(batch, height, width, channels)`.
    """
    return ops.average_pool(x, 2, strides=2, data_format="channels_last")


def halve_overlapping(x: Tensor) -> Tensor:
    """Averages 3x3 windows of stride 2; cells outside do not count.

    Args:
        x: Float tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, ceil(height / 2), ceil(width / 2), channels)`.
    """
    border = [[0, 0], [1, 1], [1, 1], [0, 0]]

    def pool(values):
        return ops.average_pool(
            ops.pad(values, border),
            3,
            strides=2,
            padding="valid",
            data_format="channels_last",
        )

    return pool(x) / pool(ops.ones_like(x[:1, :, :, :1]))


def average_pyramid(
    x: Tensor, num_levels: int, halve: Callable[[Tensor], Tensor] = halve
) -> list[Tensor]:
    """Returns a map at ever smaller sizes, the finest first.

    Args:
        x: Float tensor `(batch, height, width, channels)`, the first level.
        num_levels: int >= 1.
        halve: Function that makes a level of the one before. Defaults to the
            average of blocks of 2x2.
    """
    levels = [x]
    for _ in range(num_levels - 1):
        levels.append(halve(levels[-1]))
    return levels


def label_map_pyramid(
    label_map: Tensor,
    num_classes: int,
    num_levels: int,
    dtype: str,
    halve: Callable[[Tensor], Tensor] = halve,
) -> list[Tensor]:
    """Returns a label map at ever smaller sizes, the finest first.

    Averages mix classes: all levels but the first are soft.

    Args:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        num_classes: int.
        num_levels: int >= 1.
        dtype: str. Of the soft levels.
        halve: As for `average_pyramid`.
    """
    if num_levels == 1:
        return [label_map]
    soft = one_hot_label_map(label_map, num_classes, dtype)
    return [label_map, *average_pyramid(soft, num_levels, halve)[1:]]
