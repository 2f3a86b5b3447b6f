"""Inception v3 of FID: `pt_inception-2015-12-05-6726825d.pth`.

The file is a port of TensorFlow's graph of December 2015.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inference import require
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.scorers.inception_v3 import InceptionV3


def naming_table(network: keras.Model) -> list[Entry]:
    entries = []
    for name, convolution in network.convolutions.items():
        entries += naming.convolution(f"{name}.conv", convolution)
        entries += naming.batch_normalization(f"{name}.bn", network.norms[name])
    return entries + naming.dense("fc", network.classifier)


def arguments(state: Mapping[str, np.ndarray], layout: str) -> dict[str, Any]:
    """Constructor arguments that the shapes tell, and the layout."""
    width = vote(
        state,
        {
            r"Conv2d_[12]a_3x3\.conv\.weight": lambda s: s[0],
            r"Mixed_6[b-e]\.branch_pool\.bn\.(weight|bias)": (
                lambda s: s[0] // 6
            ),
            r"Mixed_7.\.branch1x1\.bn\.(weight|bias)": lambda s: s[0] // 10,
        },
    )
    classes = vote(state, {r"fc\.(weight|bias)": lambda s: s[0]})
    return {
        "layout": layout,
        "num_classes": require("its classes", "Inception v3", classes),
        "width_divisor": (
            32 // min(require("its width", "Inception v3", width), 32)
        ),
    }


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    return arguments(state, "tf2015")


def left_out(network: keras.Model) -> str:
    """What torchvision's file holds besides; that of FID is complete."""
    is_torchvision = network.layout == "torchvision"
    return "the second classifier, AuxLogits" if is_torchvision else ""


CONVERTER = Converter(InceptionV3, infer, naming_table, left_out=left_out)
