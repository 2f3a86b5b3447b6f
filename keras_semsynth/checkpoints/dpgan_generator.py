"""The official DP-GAN generator (`*_G.pth`, `*_EMA.pth`)."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import inference
from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints import untold
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.checkpoints.oasis_generator import infer_generator
from keras_semsynth.checkpoints.oasis_generator import label_convolution
from keras_semsynth.checkpoints.oasis_generator import modulation
from keras_semsynth.checkpoints.oasis_generator import residual_block
from keras_semsynth.checkpoints.untold import Untold
from keras_semsynth.generators import DPGANGenerator

_PYRAMID = "seg_pyrmid"  # spelled so there


def naming_table(generator: keras.Model) -> list[Entry]:
    entries = label_convolution("fc", generator.fc)
    pyramid = generator.pyramid
    for j, conv in enumerate(pyramid.convs):
        prefix = f"{_PYRAMID}.{j}"
        make = naming.convolution if j else label_convolution
        entries += make(f"{prefix}.0", conv)
        if pyramid.norms:
            entries += naming.normalization(f"{prefix}.1", pyramid.norms[j])
    for i, block in enumerate(generator.named_blocks().values()):
        entries += residual_block(f"body.{i}", block, modulation)
    return [*entries, *naming.convolution("conv_img", generator.conv_img)]


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "DP-GAN generator"
    if not inference.has_key(state, rf"{_PYRAMID}\..*"):
        raise ValueError(
            f"This is no state of a {network}: no key is like "
            f"{_PYRAMID}.0.0.weight."
        )
    votes = {
        rf"(fc|{_PYRAMID}\.0\.0)\.weight": (
            lambda s: s[1] if len(s) == 4 else None
        )
    }
    arguments = infer_generator(network, state, options, votes)
    width = vote(
        state,
        {
            rf"{_PYRAMID}\.[1-6]\.[01]\..*": lambda s: s[0],
            rf"{_PYRAMID}\.[2-6]\.0\.weight": lambda s: s[1],
        },
    )
    width = inference.require("its pyramid's width", network, width)
    condition = vote(state, {r".*\.mlp_(gamma|beta)\.weight": lambda s: s[1]})
    norms = {
        key: value for key, value in state.items() if key.startswith(_PYRAMID)
    }
    given = {"normalization": options.get("pyramid_normalization", "batch")}
    plain = options.get("pyramid_normalization", "none")
    return {
        **arguments,
        "pyramid_filters": width,
        "pyramid_normalization": inference.normalization(norms, given, plain),
        "concatenate": condition != width,
    }


def class_axis(key: str) -> tuple[int, int] | None:
    """The kernels that read labels; see `Converter`."""
    return (2, 0) if key in ("fc.weight", f"{_PYRAMID}.0.0.weight") else None


CONVERTER = Converter(
    DPGANGenerator,
    infer,
    naming_table,
    class_axis=class_axis,
    untold=(
        untold.NOISE,
        untold.IMAGE_SIZE,
        untold.LABEL_ORDER,
        Untold(
            ("pyramid_normalization",),
            "instance or none",
            "batch, which the file tells",
            untold.lacks_statistics(_PYRAMID),
        ),
    ),
)
