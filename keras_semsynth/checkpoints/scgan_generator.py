"""The official SC-GAN generator (`*_net_G.pth`): SVG and SRG in one file."""

import dataclasses
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
from keras_semsynth.checkpoints.spade_generator import official_name
from keras_semsynth.checkpoints.spade_generator import pyramid
from keras_semsynth.checkpoints.spade_generator import spade
from keras_semsynth.checkpoints.spade_generator import style
from keras_semsynth.checkpoints.untold import Untold
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators.pyramid_generator import WIDTHS

_VECTORS = "pyramid_spaital_routing"  # spelled so there
_PHOTOGRAPH = 3  # channels
_STAGE_WIDTHS = {1: 16, 2: 8, 3: 4, 4: 2, 5: 1, 6: 1, 7: 1}


def conditional_convolution(
    prefix: str, layer: keras.layers.Layer
) -> list[Entry]:
    """Entries of a `SpatiallyConditionalConv2D`."""
    return [
        entry
        for i, candidate in enumerate(layer.candidates)
        for entry in naming.convolution(f"{prefix}.conv_bases.{i}", candidate)
    ]


def conditional_normalization(
    prefix: str, layer: keras.layers.Layer
) -> list[Entry]:
    """Entries of a `SpatiallyConditionalNormalization`."""
    return [
        naming.Entry(f"{prefix}.affine_params_groups", layer.candidates),
        *naming.normalization(f"{prefix}.param_free_norm", layer.norm),
    ]


def residual_block(prefix: str, block: keras.layers.Layer) -> list[Entry]:
    """Entries of a `SpatiallyConditionalResidualBlock`."""
    entries = []
    for i in ("0", "1"):
        norm, conv = getattr(block, f"norm_{i}"), getattr(block, f"conv_{i}")
        entries += conditional_normalization(f"{prefix}.norm_{i}", norm)
        entries += conditional_convolution(f"{prefix}.conv_{i}", conv)
    if block.conv_s is not None:
        entries += spade(f"{prefix}.norm_s", block.norm_s)
        entries += naming.convolution(f"{prefix}.conv_s", block.conv_s)
    return entries


def vector_generator(prefix: str, network: keras.Model) -> list[Entry]:
    """Entries of a `SemanticVectorGenerator`; `prefix` ends in a dot."""
    entries = []
    labels = network.num_classes + int(network.use_edge_map)
    for i, (first, second) in enumerate(
        zip(network.first_convs, network.second_convs, strict=True), start=1
    ):
        # An activation comes first in all but the first stage.
        places = (0, 2) if i == 1 else (1, 3)
        stage = f"{prefix}labelDec{i}"
        entries += _labels_last(
            naming.convolution(f"{stage}.{places[0]}", first), labels
        )
        entries += naming.convolution(f"{stage}.{places[1]}", second)
    for place, layer in zip((0, 2), network.to_image, strict=True):
        entries += naming.convolution(f"{prefix}toRGB.{place}", layer)
    return entries


def _labels_last(entries, labels):
    """Entries of a convolution that reads features before labels there."""
    changed = []
    for entry in entries:
        if entry.key.endswith((".weight", ".weight_orig")):
            layout = _rolled(entry.layout, labels, lambda x: x)
            entry = dataclasses.replace(entry, layout=layout)
        elif entry.key.endswith(".weight_v"):
            # One value an input channel and cell of the kernel.
            layout = _rolled(entry.layout, labels, lambda x: x.reshape(-1, 9))
            entry = dataclasses.replace(entry, layout=layout)
        changed.append(entry)
    return changed


def _rolled(layout, count, rows):
    def roll(x, by):
        channels = rows(x)
        axis = 1 if channels.ndim == 4 else 0
        return np.roll(channels, by, axis).reshape(x.shape)

    return naming.Layout(
        lambda x: layout.to_keras(roll(x, count)),
        lambda x: roll(layout.to_official(x), -count),
    )


def renderer(generator: keras.Model) -> list[Entry]:
    """Entries of all but the semantic vector generator."""
    return pyramid(generator, residual_block)


def naming_table(generator: keras.Model) -> list[Entry]:
    for name in ("convolution", "modulation"):
        value = getattr(generator, name)
        if value != "conditional":
            raise ValueError(
                f'Official files hold generators of `{name}="conditional"` '
                f"only. Received: {name}={value!r}."
            )
    return [
        *vector_generator(f"{_VECTORS}.", generator.vector_generator),
        *renderer(generator),
    ]


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "SC-GAN generator"
    filters = inference.require("its width", network, _filters(state))
    widths = {
        "start_filters": {
            # `fc` has as many outputs only if it is a convolution.
            r"fc\.weight": lambda s: s[0] // 16 if len(s) == 4 else None,
            r"head_0\.norm_0\.affine_params_groups": lambda s: s[1] // 32,
            rf"head_0\.conv_0\.conv_bases\.\d+\.{KERNEL}": (
                lambda s: s[1] // 16
            ),
            r"head_0\.norm_0\.param_free_norm\.running_.*": (
                lambda s: s[0] // 16
            ),
        },
        "vector_filters": {
            rf"{_VECTORS}\.labelDec{i}\.[0-3]\.({KERNEL}|bias)": (
                lambda s, width=width: s[0] // width
            )
            for i, width in _STAGE_WIDTHS.items()
        },
        "output_channels": {
            r"conv_img\.(weight|bias)": lambda s: s[0],
            rf"{_VECTORS}\.toRGB\.2\.(weight|bias)": lambda s: s[0],
        },
        "hidden_filters": {
            r".*\.mlp_shared\.0\.(weight|bias)": lambda s: s[0],
            r".*\.mlp_(gamma|beta)\.weight": lambda s: s[1],
        },
        "num_norm_candidates": {
            r".*\.affine_params_groups": lambda s: s[0],
        },
    }
    arguments = {"filters": filters}
    for name, votes in widths.items():
        number = vote(state, votes)
        if number is not None:
            arguments[name] = number
    for name in ("start_filters", "vector_filters"):
        inference.require(f"`{name}`", network, arguments.get(name))
    candidates = inference.numbers(state, r".*\.conv_bases\.(\d+)\..*")
    if candidates:
        arguments["num_conv_candidates"] = max(candidates) + 1
    return {
        **arguments,
        **inference.classes_and_edges(_channels(state), options),
        **_forms(state, options, arguments),
    }


def _filters(state):
    last = rf"conv_1\.conv_bases\.\d+\.({KERNEL}|weight_u)"
    votes = {
        rf"{official_name(name)}\.{last}": (
            lambda s, factor=factor: int(s[0] / factor)
        )
        for name, factor in WIDTHS.items()
    }
    return vote(state, votes)


def _channels(state):
    """Channels of the semantic input."""
    return vote(
        state,
        {
            rf"{_VECTORS}\.labelDec1\.0\.{KERNEL}": lambda s: s[1],
            r".*\.mlp_shared\.0\.weight": lambda s: s[1],
        },
    )


def _forms(state, options, arguments):
    """What the presence of keys tells."""
    stages = rf"{_VECTORS}\.labelDec\d\.[0-3]"
    seventh = inference.has_key(state, rf"{_VECTORS}\.labelDec7\..*")
    forms = {
        "upsampling": "more" if seventh else "normal",
        "normalization": inference.normalization(state, options),
        "spectral_vectors": inference.has_key(state, rf"{stages}\.weight_.*"),
        "spectral": inference.has_key(state, r".*\.conv_[01s].*\.weight_.*"),
    }
    told = style(state, arguments["start_filters"])
    if not told and _starts_from_image(state):
        forms["start"] = "image"
    return {**forms, **told}


def _starts_from_image(state):
    """Whether `fc` reads another number of channels than the labels have."""
    read = vote(state, {r"fc\.weight": lambda s: s[1] if len(s) == 4 else None})
    return read == _PHOTOGRAPH and _channels(state) != _PHOTOGRAPH


def _start_is_open(state, arguments):
    """Whether what `fc` reads may be labels or an image: three channels."""
    return (
        not untold.has_style(state, arguments)
        and _channels(state) == _PHOTOGRAPH
    )


def _is_softmax(state, arguments):
    return arguments.get("vector_normalization", "softmax") == "softmax"


def _is_coded(state, arguments):
    return arguments.get("position_code") is not None


def _is_coded_pyramid(state, arguments):
    return arguments.get("position_code") == "pyramid"


EDGE_MAP = dataclasses.replace(
    untold.EDGE_MAP,
    published="edges for Cityscapes, none for ADE20K, COCO-Stuff and "
    "CelebAMask-HQ",
)
_POSITION = (
    ("position_range", "a number from 2", "4", _is_coded_pyramid),
    ("position_window", "an odd number of cells", "7", _is_coded),
    ("position_deviation", "a number of cells", "1.5", _is_coded),
    ("position_iterations", "a number from 1", "1", _is_coded),
    ("position_relative", "true or false", "false", _is_coded),
)
CONVERTER = Converter(
    SCGANGenerator,
    infer,
    naming_table,
    untold=(
        EDGE_MAP,
        untold.IMAGE_SIZE,
        Untold(
            ("vector_normalization",),
            "softmax, sigmoid, tanh, hard_tanh, relu or none",
            "softmax",
        ),
        Untold(
            ("temperature",),
            "a number above 0",
            "0.05, COCO-Stuff 0.5",
            _is_softmax,
        ),
        Untold(
            ("position_code",),
            "none, full or pyramid",
            "none, CelebAMask-HQ pyramid",
        ),
        *(Untold((name,), *rest) for name, *rest in _POSITION),
        Untold(
            ("start",),
            "label_map, or image for translation",
            "label_map",
            _start_is_open,
        ),
    ),
)
