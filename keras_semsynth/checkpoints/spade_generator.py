"""The official SPADE generator (`*_net_G.pth` with `netG = spade`)."""

import math
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
from keras_semsynth.generators import SPADEGenerator

# Official name, ours, and the width of the block over `filters`.
_BLOCKS = (
    ("head_0", "head_0", 16),
    ("G_middle_0", "g_middle_0", 16),
    ("G_middle_1", "g_middle_1", 16),
    ("up_0", "up_0", 8),
    ("up_1", "up_1", 4),
    ("up_2", "up_2", 2),
    ("up_3", "up_3", 1),
    ("up_4", "up_4", 0.5),
)
_DOUBLINGS = {"normal": 5, "more": 6, "most": 7}


def spade(prefix: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of a `SPADE` layer."""
    return [
        *naming.normalization(f"{prefix}.param_free_norm", layer.norm),
        *naming.convolution(f"{prefix}.mlp_shared.0", layer.shared),
        *naming.convolution(f"{prefix}.mlp_gamma", layer.gamma),
        *naming.convolution(f"{prefix}.mlp_beta", layer.beta),
    ]


def spade_residual_block(prefix: str, block: keras.layers.Layer) -> list[Entry]:
    """Entries of a `SPADEResidualBlock`."""
    entries = []
    for name in ("0", "1", "s"):
        norm = getattr(block, f"norm_{name}")
        if norm is None:  # identity shortcut
            continue
        entries += spade(f"{prefix}.norm_{name}", norm)
        entries += naming.convolution(
            f"{prefix}.conv_{name}", getattr(block, f"conv_{name}")
        )
    return entries


def naming_table(generator: keras.Model) -> list[Entry]:
    if generator.style_dim is None:
        entries = naming.convolution("fc", generator.fc)
    else:
        doublings = _DOUBLINGS[generator.upsampling]
        height, width = (n >> doublings for n in generator.image_size)
        start = naming.flattened(16 * generator.filters, height, width)
        entries = naming.dense("fc", generator.fc, outputs=start)
    for official, name, _ in _BLOCKS:
        block = getattr(generator, name)
        if block is not None:
            entries += spade_residual_block(official, block)
    return [*entries, *naming.convolution("conv_img", generator.conv_img)]


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "SPADE generator"
    shared = r".*\.norm_[01s]\.mlp_shared\.0"
    modulation = r".*\.norm_[01s]\.mlp_(gamma|beta)"
    channels = vote(
        state,
        {
            rf"{shared}\.weight": lambda s: s[1],
            r"fc\.weight": lambda s: s[1] if len(s) == 4 else None,
        },
    )
    filters = inference.require("its width", network, _filters(state))
    arguments = {
        **inference.classes_and_edges(channels, options),
        "filters": filters,
        "normalization": inference.normalization(state, options),
        "spectral": inference.spectral(state),
    }
    told = {
        "hidden_filters": {
            rf"{shared}\.(weight|bias)": lambda s: s[0],
            rf"{modulation}\.weight": lambda s: s[1],
        },
        "kernel_size": {
            rf"({shared}|{modulation})\.weight": inference.odd_size,
        },
        "output_channels": {r"conv_img\.(weight|bias)": lambda s: s[0]},
    }
    for name, votes in told.items():
        number = vote(state, votes)
        if number is not None:
            arguments[name] = number
    arguments["upsampling"] = options.get("upsampling", "normal")
    if inference.has_key(state, r"up_4\..*"):
        arguments["upsampling"] = "most"
    return {**arguments, **style(state, options, arguments)}


def _filters(state):
    votes = {}
    for official, _, factor in _BLOCKS:
        votes[rf"{official}\.conv_1\.(bias|{KERNEL}|weight_u)"] = (
            lambda s, factor=factor: int(s[0] / factor)
        )
    return vote(state, votes)


def style(
    state: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    arguments: Mapping[str, Any],
) -> dict[str, Any]:
    """The style code, and the size that `fc` was built for."""
    start = 16 * arguments["filters"]
    votes = {
        r"fc\.weight": lambda s: len(s) == 2,
        r"fc\.bias": lambda s: s[0] > start,
    }
    if not vote(state, votes):
        return {}
    style_dim = vote(state, {r"fc\.weight": lambda s: s[1]})
    style = {"style_dim": style_dim or 256}
    if "image_size" in options:
        return style
    cells = vote(state, {r"fc\.(weight|bias)": lambda s: s[0] // start})
    side = math.isqrt(cells)
    if side * side != cells:
        raise ValueError(
            f"`image_size` is needed: `fc` makes a start map of {cells} cells, "
            "which is no square. Pass image_size=(height, width) of the "
            "training images."
        )
    side <<= _DOUBLINGS.get(arguments["upsampling"], 0)
    return {**style, "image_size": (side, side)}


CONVERTER = Converter(SPADEGenerator, infer, naming_table)
