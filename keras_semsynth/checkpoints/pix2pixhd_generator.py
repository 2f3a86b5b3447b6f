"""The official pix2pixHD generator (`*_net_G.pth`, `netG = pix2pixhd`).

Its keys are numbered `model.<i>`, and `i` counts padding and activations too.
"""

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
from keras_semsynth.generators import Pix2PixHDGenerator


def naming_table(generator: keras.Model) -> list[Entry]:
    first = 1  # after the padding
    if generator.first_norm is None:
        entries = naming.convolution(f"model.{first}", generator.first_conv)
    else:
        entries = [
            *naming.convolution(f"model.{first}.0", generator.first_conv),
            *naming.normalization(f"model.{first}.1", generator.first_norm),
        ]
    index = first + 2  # an activation follows each convolution
    for layer in generator.down:
        entries += naming.normalized_convolution(f"model.{index}", layer)
        index += 2
    for block in generator.blocks:
        # Inside: padding, convolution, activation, padding, convolution.
        for place, layer in zip((1, 4), block, strict=True):
            entries += naming.normalized_convolution(
                f"model.{index}.conv_block.{place}", layer
            )
        index += 1
    for layer in generator.up:
        entries += naming.normalized_convolution(f"model.{index}", layer)
        index += 2
    last = index + 1  # after the padding
    return [
        *entries,
        *naming.convolution(f"model.{last}", generator.last_conv),
    ]


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "pix2pixHD generator"
    blocks = inference.numbers(state, r"model\.(\d+)\.conv_block\..*")
    plain = inference.numbers(state, r"model\.(\d+)\.(?!conv_block).*")
    if not plain:
        raise ValueError(
            f"This is no state of a {network}: no key is like model.1.0.weight."
        )
    last = max(plain)
    # The first, the last, and as many down as up.
    doublings = (len(plain) - 1) // 2
    first = r"model\.1(\.0)?"
    channels = vote(
        state,
        {
            rf"{first}\.{KERNEL}": lambda s: s[1],
            # Asked second (ties go to the first): it assumes 7x7 kernels.
            rf"{first}\.weight_v": lambda s: s[0] // 49,
        },
    )
    filters = vote(
        state,
        {
            rf"{first}\.({KERNEL}|weight_u|bias)": lambda s: s[0],
            rf"model\.{last}\.weight": lambda s: s[1],
            r"model\.\d+\.conv_block.*\.weight_(orig|u)": (
                lambda s: s[0] >> doublings
            ),
        },
    )
    bare = inference.has_key(state, rf"model\.1\.({KERNEL}|bias)")
    arguments = {
        **inference.classes_and_edges(channels, options),
        "filters": inference.require("its width", network, filters),
        "num_downsamplings": doublings,
        "num_blocks": len(blocks),
        "normalization": inference.normalization(
            state, options, "none" if bare else "instance"
        ),
        "spectral": inference.spectral(state),
    }
    told = {
        "kernel_size": {
            rf"model\.\d+\.conv_block\..*{KERNEL}": (inference.odd_size)
        },
        "initial_kernel_size": {rf"{first}\.{KERNEL}": inference.odd_size},
        "output_channels": {rf"model\.{last}\.(weight|bias)": lambda s: s[0]},
    }
    for name, votes in told.items():
        number = vote(state, votes)
        if number is not None:
            arguments[name] = number
    return arguments


CONVERTER = Converter(
    Pix2PixHDGenerator,
    infer,
    naming_table,
    untold=(untold.EDGE_MAP, untold.IMAGE_SIZE),
)
