"""Landscapes as a `SemanticDataset`."""

import numpy as np

from keras_semsynth.data.landscapes.canvas import CLASS_NAMES
from keras_semsynth.data.landscapes.canvas import PALETTE
from keras_semsynth.data.landscapes.scene import draw_scene
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.semantic_dataset import SemanticDataset

# Splits draw from different random streams, so they share no picture.
_STREAMS = {"train": 0, "val": 1, "test": 2}
_COUNTS = {"train": 2000, "val": 200, "test": 200}


def landscapes(
    split: str = "train",
    image_size: tuple[int, int] = (64, 64),
    count: int | None = None,
    seed: int = 0,
) -> SemanticDataset:
    """Makes landscapes on the fly: no download, any size, any count.

    Args:
        split: str, `"train"`, `"val"` or `"test"`. Defaults to `"train"`.
        image_size: `(height, width)` in pixels. Defaults to `(64, 64)`.
        count: int. Number of samples. Defaults to 2000 for training and 200
            otherwise.
        seed: int. Another seed gives another world. Defaults to `0`.

    Returns:
        `SemanticDataset` whose samples are their numbers.
    """
    if split not in _STREAMS:
        raise ValueError(
            f"`split` must be one of {', '.join(_STREAMS)}. "
            f"Received: split={split!r}."
        )
    height, width = image_size
    if min(height, width) < 8:
        raise ValueError(
            "`image_size` of landscapes must be at least 8 pixels a side. "
            f"Received: image_size={image_size}."
        )
    count = _COUNTS[split] if count is None else count
    if count < 1:
        raise ValueError(f"`count` must be positive. Received: count={count}.")

    def read(index: int) -> Sample:
        random = np.random.default_rng([seed, _STREAMS[split], index])
        image, label_map = draw_scene(random, height, width)
        name = f"landscapes {split} {index}"
        return Sample(image, label_map, name=name)

    return SemanticDataset(
        "landscapes",
        split,
        len(CLASS_NAMES),
        range(count),
        read,
        class_names=CLASS_NAMES,
        palette=PALETTE,
    )
