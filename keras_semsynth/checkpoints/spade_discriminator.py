"""The official multi-scale patch discriminator (`*_net_D.pth`)."""

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
from keras_semsynth.discriminators import MultiScalePatchDiscriminator

_SCALE = r"discriminator_\d+"


def naming_table(discriminator: keras.Model) -> list[Entry]:
    entries = []
    for i, (first, stack, head) in enumerate(
        zip(
            discriminator.firsts,
            discriminator.stacks,
            discriminator.heads,
            strict=True,
        )
    ):
        prefix = f"discriminator_{i}"
        # On images alone the first one is bare, but of the class of the others.
        first = getattr(first, "conv", first)
        entries += naming.convolution(f"{prefix}.model0.0", first)
        for j, layer in enumerate([*stack.convs, head], start=1):
            entries += naming.normalized_convolution(
                f"{prefix}.model{j}.0", layer
            )
    return entries


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    network = "multi-scale discriminator"
    scales = inference.numbers(state, r"discriminator_(\d+)\.model\d+\..*")
    layers = inference.numbers(state, rf"{_SCALE}\.model(\d+)\..*")
    if not scales or max(layers) < 1:
        raise ValueError(
            f"This is no state of a {network}: no key is like "
            "discriminator_0.model1.0.0.weight_orig."
        )
    image_channels = options.get("image_channels", 3)
    first = rf"{_SCALE}\.model0\.0"
    channels = vote(
        state, {rf"{first}\.weight": lambda s: s[1] - image_channels}
    )
    filters = vote(
        state,
        {
            rf"{first}\.(weight|bias)": lambda s: s[0],
            rf"{_SCALE}\.model1(\.0)+\.{KERNEL}": lambda s: s[1],
        },
    )
    filters = inference.require("its width", network, filters)
    arguments = {
        **inference.classes_and_edges(channels, options),
        "filters": filters,
        "num_scales": max(scales) + 1,
        "num_layers": max(layers),
        "normalization": _normalization(state, options),
        "spectral": inference.spectral(state),
    }
    return {**arguments, **_max_filters(state, filters, max(layers))}


def _normalization(state, options):
    # Without a norm the unit is the convolution itself, one level up.
    bare = inference.has_key(state, rf"{_SCALE}\.model1\.0\.({KERNEL}|bias)")
    numbered = inference.has_key(state, rf"{_SCALE}\.model1\.0\.0\..*")
    # With one layer only, model1 is the last, which never has a norm.
    only_last = not inference.has_key(state, rf"{_SCALE}\.model2\..*")
    plain = "none" if bare and not numbered and not only_last else "instance"
    return inference.normalization(state, options, plain)


def _max_filters(state, filters, num_layers):
    """The cap of the width, where it can be seen."""
    if num_layers < 2:
        return {}
    widest = vote(
        state,
        {
            rf"{_SCALE}\.model{num_layers - 1}(\.0)+\.({KERNEL}|weight_u)": (
                lambda s: s[0]
            ),
            rf"{_SCALE}\.model{num_layers}\.0\.weight": lambda s: s[1],
        },
    )
    uncapped = filters * 2 ** (num_layers - 1)
    if widest is None or (widest == uncapped and widest <= 512):
        return {}
    return {"max_filters": widest}


CONVERTER = Converter(
    MultiScalePatchDiscriminator, infer, naming_table, untold=(untold.EDGE_MAP,)
)
