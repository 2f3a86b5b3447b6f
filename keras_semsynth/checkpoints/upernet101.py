"""UperNet for ADE20K (`encoder_epoch_50.pth` and `decoder_epoch_50.pth`)."""

import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.checkpoints.residual_blocks import infer_sizes
from keras_semsynth.checkpoints.residual_blocks import numbered_unit
from keras_semsynth.checkpoints.residual_blocks import torchvision_block
from keras_semsynth.checkpoints.residual_blocks import unit
from keras_semsynth.checkpoints.untold import Untold
from keras_semsynth.scorers.upernet101 import UPerNet101


def naming_table(network: keras.Model) -> list[Entry]:
    entries = []
    for i, layer in enumerate(network.stem, start=1):
        entries += unit(f"conv{i}", f"bn{i}", layer)
    for stage, layers in enumerate(network.stage_layers, start=1):
        for i, block in enumerate(layers):
            entries += torchvision_block(f"layer{stage}.{i}", block)
    for i, layer in enumerate(network.pooled):
        entries += numbered_unit(f"ppm_conv.{i}", layer)
    entries += numbered_unit("ppm_last_conv", network.pyramid)
    for i, layer in enumerate(network.laterals):
        entries += numbered_unit(f"fpn_in.{i}", layer)
    for i, layer in enumerate(network.sides):
        entries += numbered_unit(f"fpn_out.{i}.0", layer)
    entries += numbered_unit("conv_last.0", network.fusion)
    return [*entries, *naming.convolution("conv_last.1", network.head)]


def is_unused(key: str) -> bool:
    """Scratch of synchronized training, and ImageNet's classifier."""
    return (
        re.search(r"\._(tmp_running_(mean|var)|running_iter)$|^fc\.", key)
        is not None
    )


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    return infer_sizes(
        state,
        "UperNet on ResNet-101",
        classes=r"conv_last\.1\.(weight|bias)",
        blocks=[rf"layer{i}\.(\d+)\.conv1\.weight" for i in (1, 2, 3, 4)],
        first_block=0,
        first_width={
            r"conv[12]\.weight|bn[12]\.(weight|bias)": 64,
            r"layer1\.\d+\.bn3\.(weight|bias)": 256,
            r"fpn_in\.\d\.(0\.weight|1\.(weight|bias))": 512,
        },
    )


CONVERTER = Converter(
    UPerNet101,
    infer,
    naming_table,
    is_unused,
    left_out=lambda network: "the scratch values of synchronized training",
    untold=(
        Untold(
            ("generation",),
            "current or older",
            "older in baseline-resnet101-upernet, else current",
        ),
    ),
    parts={
        "encoder": ("encoder_epoch_50.pth",),
        "decoder": ("decoder_epoch_50.pth",),
    },
)
