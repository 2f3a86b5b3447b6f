"""DRN-D-105 for Cityscapes (`drn-d-105_ms_cityscapes.pth`)."""

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
from keras_semsynth.scorers.drn_d_105 import DRND105


def naming_table(network: keras.Model) -> list[Entry]:
    entries = []
    for stage, layers in enumerate(network.stage_layers):
        prefix = f"base.{stage}"
        if 3 <= stage <= 6:
            for i, block in enumerate(layers):
                entries += torchvision_block(f"{prefix}.{i}", block)
        else:
            entries += numbered_unit(prefix, layers[0])
    return [*entries, *naming.convolution("seg", network.head)]


def is_unused(key: str) -> bool:
    """The fixed bilinear kernel; `DRND105.enlarge` does without."""
    return key == "up.weight"


def unused_values(network: keras.Model) -> dict[str, np.ndarray]:
    """That kernel, which PyTorch's strict loading wants."""
    place = 1 - np.abs(np.arange(16) / 8 - 15 / 16)
    kernel = (place[:, None] * place).astype("float32")
    return {"up.weight": np.tile(kernel, (network.num_classes, 1, 1, 1))}


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    return infer_sizes(
        state,
        "DRN-D-105",
        classes=r"seg\.(weight|bias)",
        blocks=[rf"base\.{i}\.(\d+)\.conv1\.weight" for i in (3, 4, 5, 6)],
        first_block=0,
        first_width={
            r"base\.[01]\.(0\.weight|1\.(weight|bias))": 16,
            r"base\.3\.\d+\.bn3\.(weight|bias)": 256,
            r"base\.[78]\.(0\.weight|1\.(weight|bias))": 512,
        },
    )


CONVERTER = Converter(DRND105, infer, naming_table, is_unused, unused_values)
