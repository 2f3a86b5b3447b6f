"""What the converters of VGG-16, VGG-19 and the LPIPS of VGG-16 share."""

import itertools
import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inference import require
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.scorers.vgg_features import VGGFeatures


def places(counts: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Where torchvision's `features` has its convolutions, stage by stage.

    It counts a ReLU after each convolution, and a pool after each stage.

    Args:
        counts: ints, the convolutions of each stage.

    Example:

    >>> places((2, 2, 3))
    ((0, 2), (5, 7), (10, 12, 14))
    """
    starts = itertools.accumulate((2 * n + 1 for n in counts), initial=0)
    return tuple(
        tuple(range(start, start + 2 * count, 2))
        for start, count in zip(starts, counts, strict=False)
    )


def vgg_converter(network_class: type[VGGFeatures]) -> Converter:
    """Makes the `Converter` of torchvision's state dicts.

    Args:
        network_class: `VGG16Features` or `VGG19Features`.
    """
    stages = places(network_class.counts)
    in_order = [place for stage in stages for place in stage]
    # Any but the first may lie after the last feature that is asked for.
    later = "|".join(map(str, in_order[1:]))
    unused = re.compile(rf"features\.({later})\.|classifier\.")

    def naming_table(network: keras.Model) -> list[Entry]:
        return [
            entry
            # The network ends with its last feature.
            for place, layer in zip(
                in_order, network.convolutions, strict=False
            )
            for entry in naming.convolution(f"features.{place}", layer)
        ]

    def infer(
        state: Mapping[str, np.ndarray], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        def keys(stage):
            numbers = "|".join(map(str, stages[stage]))
            return rf"features\.({numbers})\.(weight|bias)"

        width = vote(
            state,
            {
                keys(0): lambda s: s[0],
                keys(1): lambda s: s[0] // 2,
                keys(2): lambda s: s[0] // 4,
            },
        )
        width = require("its width", network_class.title, width)
        return {"width_divisor": 64 // min(width, 64)}

    return Converter(
        network_class,
        infer,
        naming_table,
        is_unused=lambda key: unused.match(key) is not None,
        left_out=lambda network: (
            "the convolutions after the last feature and the classifier"
        ),
    )
