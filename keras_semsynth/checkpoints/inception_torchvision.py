"""Inception v3 of torchvision: `inception_v3_google-0cc3c7bd.pth`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inception_fid import arguments
from keras_semsynth.checkpoints.inception_fid import left_out
from keras_semsynth.checkpoints.inception_fid import naming_table
from keras_semsynth.scorers.inception_v3 import InceptionV3


def is_unused(key: str) -> bool:
    """The second classifier, which training alone uses."""
    return key.startswith("AuxLogits.")


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    return arguments(state, "torchvision")


CONVERTER = Converter(
    InceptionV3, infer, naming_table, is_unused, left_out=left_out
)
