"""DeepLab v2 for COCO-Stuff.

`deeplabv2_resnet101_msc-cocostuff164k-100000.pth`.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.checkpoints.residual_blocks import infer_sizes
from keras_semsynth.checkpoints.residual_blocks import unit
from keras_semsynth.scorers.deeplabv2_resnet101 import DeepLabV2ResNet101


def naming_table(network: keras.Model) -> list[Entry]:
    entries = _unit("base.layer1.conv1", network.stem)
    for stage, layers in enumerate(network.stage_layers, start=2):
        for i, block in enumerate(layers, start=1):
            prefix = f"base.layer{stage}.block{i}"
            entries += _unit(f"{prefix}.reduce", block.reduce)
            entries += _unit(f"{prefix}.conv3x3", block.middle)
            entries += _unit(f"{prefix}.increase", block.increase)
            if block.shortcut is not None:
                entries += _unit(f"{prefix}.shortcut", block.shortcut)
    for i, convolution in enumerate(network.pyramid):
        entries += naming.convolution(f"base.aspp.c{i}", convolution)
    return entries


def _unit(prefix, layer):
    return unit(f"{prefix}.conv", f"{prefix}.bn", layer)


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    return infer_sizes(
        state,
        "DeepLab v2 on ResNet-101",
        classes=r"base\.aspp\.c\d\.(weight|bias)",
        blocks=[
            rf"base\.layer{i}\.block(\d+)\.reduce\.conv\.weight"
            for i in (2, 3, 4, 5)
        ],
        first_block=1,
        first_width={
            r"base\.layer1\.conv1\.(conv\.weight|bn\.(weight|bias))": 64,
            r"base\.layer2\.block\d+\.increase\.bn\.(weight|bias)": 256,
            r"base\.layer5\.block\d+\.increase\.bn\.(weight|bias)": 2048,
        },
    )


CONVERTER = Converter(DeepLabV2ResNet101, infer, naming_table)
