"""The official CC-FPSE generator (`*_net_G.pth` with `netG = condconv`)."""

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import inference
from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints import untold
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inference import KERNEL
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.checkpoints.spade_generator import UPSAMPLING
from keras_semsynth.checkpoints.spade_generator import official_name
from keras_semsynth.checkpoints.spade_generator import pyramid
from keras_semsynth.checkpoints.spade_generator import spade
from keras_semsynth.checkpoints.spade_generator import spade_residual_block
from keras_semsynth.checkpoints.spade_generator import style
from keras_semsynth.checkpoints.spade_generator import upsampling
from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.generators.pyramid_generator import WIDTHS

# Batch norms that every official block holds and never calls.
_UNUSED = re.compile(
    r".*\.(norm_0|conv_[02]\.norm_layer)\."
    r"(weight|bias|running_mean|running_var|num_batches_tracked)"
)
_WIDTHS = {name: width for name, width in WIDTHS.items() if width >= 1}
_BLOCK = r"(?:head_0|G_middle_[01]|up_[0-3])"


def conditional_conv_block(
    prefix: str, block: keras.layers.Layer
) -> list[Entry]:
    """Entries of a `ConditionalConvBlock`."""
    entries = []
    for i in ("1", "2"):
        taps = getattr(block, f"taps_{i}")
        attention = getattr(block, f"attention_{i}")
        pointwise = getattr(block, f"pointwise_{i}")
        entries += [
            *naming.normalization(
                f"{prefix}.norm_{i}", getattr(block, f"norm_{i}")
            ),
            *_predictor(f"{prefix}.gen_weights{i}", taps),
            *_predictor(f"{prefix}.gen_se_weights{i}", attention),
            # conv_0 and conv_2 are the depthwise ones, without weights.
            *naming.convolution(f"{prefix}.conv_{2 * int(i) - 1}", pointwise),
        ]
    if block.conv_s is not None:
        entries += spade(f"{prefix}.norm_s", block.norm_s)
        entries += naming.convolution(f"{prefix}.conv_s", block.conv_s)
    return entries


def _predictor(prefix, layer):
    return [
        *naming.convolution(f"{prefix}.0", layer.hidden),
        *naming.convolution(f"{prefix}.2", layer.last),
    ]


def label_feature_pyramid(pyramid: keras.layers.Layer) -> list[Entry]:
    """Entries of a `LabelFeaturePyramid`."""
    entries = [
        *naming.convolution("labelenc1.0.0", pyramid.first_conv),
        *naming.normalization("labelenc1.0.1", pyramid.first_norm),
    ]
    for name, first, units in (
        ("labelenc", 2, pyramid.encoders),
        ("labellat", 1, pyramid.laterals),
        ("labeldec", 1, pyramid.decoders),
    ):
        for i, unit in enumerate(units, start=first):
            entries += naming.normalized_convolution(f"{name}{i}.0", unit)
    return entries


def naming_table(generator: keras.Model) -> list[Entry]:
    of_block = (
        spade_residual_block
        if generator.block == "spade"
        else conditional_conv_block
    )
    entries = pyramid(generator, of_block)
    if generator.pyramid is not None:
        entries += label_feature_pyramid(generator.pyramid)
    return entries


def is_unused(key: str) -> bool:
    return bool(_UNUSED.fullmatch(key))


def unused_values(generator: keras.Model) -> dict[str, np.ndarray]:
    """The batch norms that PyTorch's strict loading wants, as they start."""
    if generator.block == "spade":
        return {}
    values = {}
    channels = generator.start_channels
    for name, block in generator.named_blocks().items():
        filters = block.filters
        for norm, size in (
            ("norm_0", min(channels, filters)),
            ("conv_0.norm_layer", channels),
            ("conv_2.norm_layer", filters),
        ):
            prefix = f"{official_name(name)}.{norm}"
            values[f"{prefix}.weight"] = np.ones(size, "float32")
            values[f"{prefix}.bias"] = np.zeros(size, "float32")
            values[f"{prefix}.running_mean"] = np.zeros(size, "float32")
            values[f"{prefix}.running_var"] = np.ones(size, "float32")
            values[f"{prefix}.num_batches_tracked"] = np.zeros((), "int64")
        channels = filters
    return values


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "CC-FPSE generator"
    filters = inference.require("its width", network, _filters(state))
    conditional = inference.has_key(state, rf"{_BLOCK}\.gen_.*")
    pyramid = inference.has_key(state, r"label(enc|lat|dec)\d\..*")
    if not conditional and not pyramid:
        raise ValueError(
            f"This is no state of a {network}: no key is like "
            "head_0.gen_weights1.0.weight or labelenc1.0.0.weight_orig."
        )
    first = rf"{_BLOCK}\.(gen_(se_)?weights[12]\.0|norm_[01s]\.mlp_shared\.0)"
    own = filters if pyramid else 0
    channels = vote(
        state,
        {
            rf"{first}\.weight": lambda s: s[1] - own,
            rf"labelenc1\.0\.0\.{KERNEL}": lambda s: s[1],
            r"fc\.weight": lambda s: s[1] if len(s) == 4 else None,
        },
    )
    arguments = {
        **inference.classes_and_edges(channels, options),
        "filters": filters,
        "normalization": inference.normalization(state, options),
        "spectral": inference.spectral(state),
        "block": "conditional" if conditional else "spade",
        "feature_pyramid": pyramid,
    }
    told = {
        "hidden_filters": {
            rf"{first}\.(weight|bias)": lambda s: s[0],
            rf"{_BLOCK}\.gen_(se_)?weights[12]\.2\.weight": lambda s: s[1],
        },
        "kernel_size": _kernel_sizes(filters, conditional, first),
        "output_channels": {r"conv_img\.(weight|bias)": lambda s: s[0]},
    }
    for name, votes in told.items():
        number = vote(state, votes)
        if number is not None:
            arguments[name] = number
    if not pyramid:
        arguments["upsampling"] = upsampling(state, options, filters)
    else:
        more = inference.has_key(state, r"label(enc7|lat6|dec6)\..*")
        arguments["upsampling"] = "more" if more else "normal"
    return {**arguments, **style(state, filters)}


def _filters(state):
    """The width: that of the pyramid, and of the last convolutions."""
    votes = {
        rf"label(enc|lat|dec)\d\.0\.0\.({KERNEL}|weight_u)": lambda s: s[0],
        r"label(enc|lat|dec)\d\.0\.1\.(weight|bias)": lambda s: s[0],
        r"conv_img\.weight": lambda s: s[1],
    }
    for name, factor in _WIDTHS.items():
        key = rf"{official_name(name)}\.conv_[13]\.(weight|bias)"
        votes[key] = lambda s, factor=factor: s[0] // factor
    return vote(state, votes)


def _kernel_sizes(filters, conditional, first):
    if not conditional:
        return {rf"{first}\.weight": inference.odd_size}
    votes = {}
    for name, factor in _WIDTHS.items():
        votes[rf"{official_name(name)}\.gen_weights2\.2\.(weight|bias)"] = (
            lambda s, factor=factor: math.isqrt(s[0] // (factor * filters))
        )
    return votes


CONVERTER = Converter(
    CCFPSEGenerator,
    infer,
    naming_table,
    is_unused,
    unused_values,
    untold=(
        untold.EDGE_MAP,
        dataclasses.replace(
            UPSAMPLING,
            needed=lambda state, arguments: (
                not arguments["feature_pyramid"]
                and UPSAMPLING.needed(state, arguments)
            ),
        ),
        untold.IMAGE_SIZE,
    ),
)
