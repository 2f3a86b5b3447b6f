"""The official DP-GAN discriminator (`*_D.pth`).

Its patch heads never were trained: the official code cuts their gradient.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import inference
from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints import oasis_discriminator
from keras_semsynth.checkpoints import untold
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry
from keras_semsynth.discriminators import DPGANDiscriminator


def patch_head(prefix: str, head: keras.layers.Layer) -> list[Entry]:
    """Entries of a `PatchHead`: a list of layers, activations counted."""
    (first,) = head.first.convs
    entries = naming.convolution(f"{prefix}.0", first.conv)
    place = 2
    for layer in head.middle.convs:
        entries += naming.convolution(f"{prefix}.{place}", layer.conv)
        entries += naming.normalization(f"{prefix}.{place + 1}", layer.norm)
        place += 2 if layer.norm is None else 3
    return [*entries, *naming.convolution(f"{prefix}.{place}", head.last)]


def naming_table(discriminator: keras.Model) -> list[Entry]:
    entries = oasis_discriminator.naming_table(discriminator)
    for i, head in enumerate(discriminator.heads):
        entries += patch_head(f"dis.{i}", head)
    return entries


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    arguments = oasis_discriminator.infer(
        state, options, "DP-GAN discriminator"
    )
    heads = inference.numbers(state, r"dis\.(\d+)\..*")
    if not heads:
        return {**arguments, "patch_taps": ()}
    filters = vote(
        state,
        {
            r"dis\.\d+\.0\.(weight|bias)": lambda s: s[0],
            r"dis\.\d+\.\d+\.weight": lambda s: s[1] if len(s) == 4 else None,
        },
    )
    norms = {key: value for key, value in state.items() if key[:4] == "dis."}
    given = {"normalization": options.get("patch_normalization", "batch")}
    # Norms without weights are counted too: the third convolution is `.5`.
    counted = inference.has_key(state, r"dis\.\d+\.5\..*")
    plain = "instance" if counted else "none"
    # The official code has no option for the places of heads and features.
    return {
        **arguments,
        "patch_filters": filters or 1,
        "patch_normalization": inference.normalization(norms, given, plain),
    }


CONVERTER = Converter(
    DPGANDiscriminator,
    infer,
    naming_table,
    class_axis=oasis_discriminator.class_axis,
    untold=(untold.LABEL_ORDER,),
)
