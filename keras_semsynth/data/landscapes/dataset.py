"""Landscapes as a `SemanticDataset`."""

from typing import Literal

import numpy as np

from keras_semsynth.data.landscapes.canvas import CLASSES
from keras_semsynth.data.landscapes.light import TIMES
from keras_semsynth.data.landscapes.scene import draw_scene
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.semantic_dataset import SemanticDataset

# Splits draw from different random streams, so they share no picture.
_STREAMS = {"train": 0, "val": 1, "test": 2}
_COUNT, _MOST_HELD_OUT = 2000, 200


def landscapes(
    split: str = "train",
    image_size: tuple[int, int] = (64, 64),
    count: int | None = None,
    world: int = 0,
    time: Literal["day", "dusk"] | None = None,
) -> SemanticDataset:
    """Makes landscapes on the fly: no download, any size, any count.

    Args:
        split: str, `"train"`, `"val"` or `"test"`. Defaults to `"train"`.
        image_size: `(height, width)` in pixels. Defaults to `(64, 64)`.
        count: int or `None`. Samples of the training split; other splits have
            as many, but at most 200. Unset: 2000. Defaults to `None`.
        world: int. Another number gives another world. Defaults to `0`.
        time: str or `None`. `"day"`, or `"dusk"` for landscapes after sunset.
            Unset: from noon to evening. Defaults to `None`.

    Returns:
        `SemanticDataset` whose samples are their numbers.
    """
    if split not in _STREAMS:
        raise ValueError(
            f"`split` must be one of {', '.join(_STREAMS)}. "
            f"Received: split={split!r}."
        )
    if time not in (None, *TIMES):
        raise ValueError(
            f"`time` must be one of {', '.join(TIMES)}. "
            f"Received: time={time!r}."
        )
    height, width = image_size
    if min(height, width) < 8:
        raise ValueError(
            "`image_size` of landscapes must be at least 8 pixels a side. "
            f"Received: image_size={image_size}."
        )
    count = _COUNT if count is None else count
    if count < 1:
        raise ValueError(f"`count` must be positive. Received: count={count}.")
    if split != "train":
        count = min(count, _MOST_HELD_OUT)

    def read(index: int) -> Sample:
        random = np.random.default_rng([world, _STREAMS[split], index])
        image, label_map = draw_scene(random, height, width, time)
        name = f"landscapes {split} {index}"
        return Sample(image, label_map, name=name)

    return SemanticDataset(
        "landscapes",
        split,
        CLASSES,
        range(count),
        read,
    )
