"""LPIPS with AlexNet: `alexnet-owt-7be5be79.pth` and `alex.pth`.

The trunk is torchvision's, the weights of the channels are LPIPS's own. A full
dump of the module of the `lpips` package holds both under other names and is
understood too.
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
from keras_semsynth.checkpoints.vgg import places
from keras_semsynth.scorers.lpips import LPIPS
from keras_semsynth.scorers.vgg16_features import VGG16Features

# Places of the convolutions in `features`, by LPIPS's slices.
_PLACES = {
    "alex": ((0,), (3,), (6,), (8,), (10,)),
    "vgg": places(VGG16Features.counts),
}


def naming_table(network: keras.Model) -> list[Entry]:
    entries = []
    convolutions = iter(network.convolutions)
    for number, slice_ in enumerate(_PLACES[network.backbone], start=1):
        for place in slice_:
            entries += [
                _entry(entry, "features", f"net.slice{number}")
                for entry in naming.convolution(
                    f"features.{place}", next(convolutions)
                )
            ]
    for stage, weights in enumerate(network.channel_weights):
        entries += naming.convolution(f"lin{stage}.model.1", weights)
    return entries


def _entry(entry, prefix, other):
    """`entry` that is also found under the name of the whole module."""
    alias = other + entry.key.removeprefix(prefix)

    def derive(state):
        return (state[alias], alias) if alias in state else None

    return naming.Entry(entry.key, entry.variable, entry.layout, derive)


def is_unused(key: str) -> bool:
    """The classifier, fixed numbers, and second names of the same weights."""
    return re.match(r"classifier\.|scaling_layer\.|lins\.", key) is not None


def left_out(network: keras.Model) -> str:
    """What the trunk's file holds besides."""
    return "the classifier of its trunk"


def arguments(state: Mapping[str, np.ndarray], backbone: str) -> dict[str, Any]:
    """Constructor arguments that the shapes tell, and the backbone."""
    first = vote(
        state,
        {
            r"(features|net\.slice1)\.0\.(weight|bias)": lambda s: s[0],
            r"lin0\.model\.1\.weight": lambda s: s[1],
        },
    )
    width = require("its width", f"LPIPS ({backbone})", first)
    return {"backbone": backbone, "width_divisor": 64 // min(width, 64)}


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    return arguments(state, "alex")


CONVERTER = Converter(
    LPIPS,
    infer,
    naming_table,
    is_unused,
    left_out=left_out,
    parts={
        "trunk": ("alexnet-owt-7be5be79.pth", "alexnet-owt-4df8aa71.pth"),
        "lin": ("alex.pth",),
    },
)
