"""VGG-19 in torchvision's layout (`vgg19-dcbb9e9d.pth`) and in Keras's."""

import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inference import require
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.scorers.vgg19_features import VGG19Features

# Places of the convolutions in `features`, which counts activations and pools.
PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)


def naming_table(network: keras.Model) -> list[Entry]:
    return [
        entry
        # The network ends with its last feature.
        for place, layer in zip(PLACES, network.convolutions, strict=False)
        for entry in naming.convolution(f"features.{place}", layer)
    ]


def is_unused(key: str) -> bool:
    """Convolutions that may lie after the last feature; the classifier."""
    return re.match(r"features\.(30|32|34)\.|classifier\.", key) is not None


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    width = vote(
        state,
        {
            r"features\.[02]\.(weight|bias)": lambda s: s[0],
            r"features\.[57]\.(weight|bias)": lambda s: s[0] // 2,
            r"features\.1[0246]\.(weight|bias)": lambda s: s[0] // 4,
        },
    )
    return {
        "width_divisor": 64 // min(require("its width", "VGG-19", width), 64)
    }


CONVERTER = Converter(
    VGG19Features,
    infer,
    naming_table,
    is_unused,
    left_out=lambda network: (
        "the convolutions after the last feature and the classifier"
    ),
)
