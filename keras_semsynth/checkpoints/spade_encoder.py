"""The official style encoder (`*_net_E.pth`)."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import inference
from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inference import KERNEL
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.encoders import StyleEncoder


def naming_table(encoder: keras.Model) -> list[Entry]:
    convs = encoder.stack.convs
    entries = []
    for i, layer in enumerate(convs, start=1):
        entries += naming.normalized_convolution(f"layer{i}", layer)
    channels = convs[-1].filters
    # The last map is square, and PyTorch flattened it as (c, y, x).
    side = int((encoder.mean.kernel.shape[0] // channels) ** 0.5)
    inputs = naming.flattened(channels, side, side)
    return [
        *entries,
        *naming.dense("fc_mu", encoder.mean, inputs=inputs),
        *naming.dense("fc_var", encoder.log_variance, inputs=inputs),
    ]


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "style encoder"
    factors = {1: 1, 2: 2, 3: 4, 4: 8, 5: 8, 6: 8}
    filters = vote(
        state,
        {
            rf"layer{i}(\.0)?\.({KERNEL}|weight_u)": (
                lambda s, factor=factor: s[0] // factor
            )
            for i, factor in factors.items()
        },
    )
    style_dim = vote(state, {r"fc_(mu|var)\.(weight|bias)": lambda s: s[0]})
    image_channels = vote(state, {rf"layer1(\.0)?\.{KERNEL}": lambda s: s[1]})
    bare = inference.has_key(state, r"layer\d\.(weight.*|bias)")
    return {
        "filters": inference.require("its width", network, filters),
        "style_dim": inference.require(
            "the length of the style code", network, style_dim
        ),
        "image_channels": image_channels or 3,
        "normalization": inference.normalization(
            state, options, "none" if bare else "instance"
        ),
        "spectral": inference.spectral(state),
    }


CONVERTER = Converter(StyleEncoder, infer, naming_table)
