"""LPIPS with VGG-16: `vgg16-397923af.pth` and `vgg.pth`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.lpips_alex import arguments
from keras_semsynth.checkpoints.lpips_alex import is_unused
from keras_semsynth.checkpoints.lpips_alex import left_out
from keras_semsynth.checkpoints.lpips_alex import naming_table
from keras_semsynth.scorers.lpips import LPIPS


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    return arguments(state, "vgg")


CONVERTER = Converter(
    LPIPS,
    infer,
    naming_table,
    is_unused,
    left_out=left_out,
    parts={"trunk": ("vgg16-397923af.pth",), "lin": ("vgg.pth",)},
)
