"""The official CC-FPSE discriminator (`*_net_D.pth` with `netD = fpse`)."""

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
from keras_semsynth.discriminators import FPSEDiscriminator

# Width of each convolution over `filters`.
_WIDTHS = {
    **{"enc1": 1, "enc2": 2, "enc3": 4, "enc4": 8, "enc5": 8},
    **{f"lat{level}": 4 for level in (2, 3, 4, 5)},
    **{f"final{level}": 2 for level in (2, 3, 4)},
}


def naming_table(discriminator: keras.Model) -> list[Entry]:
    entries = []
    for name, first, stacks in (
        ("enc", 1, [discriminator.bottom_up]),
        ("lat", 2, discriminator.laterals),
        ("final", 2, discriminator.finals),
    ):
        units = [unit for stack in stacks for unit in stack.convs]
        for level, unit in enumerate(units, start=first):
            entries += naming.normalized_convolution(f"{name}{level}.0", unit)
    return [
        *entries,
        *naming.convolution("tf", discriminator.head.realism),
        *naming.convolution("seg", discriminator.head.semantics),
        *naming.convolution("embedding", discriminator.embedding.vectors),
    ]


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "FPSE discriminator"
    votes = {
        rf"{name}(\.0)+\.({KERNEL}|weight_u|bias)": (
            lambda s, factor=factor: s[0] // factor
        )
        for name, factor in _WIDTHS.items()
    }
    votes[r"(seg|embedding)\.(weight|bias)"] = lambda s: s[0] // 2
    filters = inference.require("its width", network, vote(state, votes))
    if not inference.has_key(state, r"(enc\d|lat\d|final\d)(\.0)+\..*"):
        raise ValueError(
            f"This is no state of a {network}: no key is like "
            "enc1.0.0.weight_orig."
        )
    channels = vote(state, {r"embedding\.weight": lambda s: s[1]})
    arguments = {
        **inference.classes_and_edges(channels, options),
        "filters": filters,
        "normalization": _normalization(state, options),
        "spectral": inference.spectral(state),
    }
    image_channels = vote(state, {rf"enc1(\.0)+\.{KERNEL}": lambda s: s[1]})
    if image_channels is not None:
        arguments["image_channels"] = image_channels
    return arguments


def _normalization(state, options):
    # Without a norm the unit is the convolution itself, one level up.
    bare = inference.has_key(state, rf"enc1\.0\.({KERNEL}|bias)")
    return inference.normalization(
        state, options, "none" if bare else "instance"
    )


CONVERTER = Converter(
    FPSEDiscriminator, infer, naming_table, untold=(untold.EDGE_MAP,)
)
