"""The official OASIS generator (`*_G.pth`, `*_EMA.pth`)."""

from collections.abc import Callable
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
from keras_semsynth.checkpoints.naming import Layout
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators.oasis_generator import WIDTHS

NOISE_DIM = 64  # where neither the caller nor the shapes say


def noise_first(noise_dim: int) -> Layout:
    """Layout of a kernel that reads noise before labels there, after here."""

    def to_keras(x):
        return np.roll(naming.CONVOLUTION.to_keras(x), -noise_dim, axis=2)

    def to_official(x):
        return naming.CONVOLUTION.to_official(np.roll(x, noise_dim, axis=2))

    return naming.Layout(to_keras, to_official)


def label_convolution(prefix: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of a `LabelConv2D` whose extra channels are noise."""
    layout = noise_first(layer.extra_channels)
    return [
        naming.Entry(f"{prefix}.weight", layer.kernel, layout),
        naming.Entry(f"{prefix}.bias", layer.bias),
    ]


def modulation(prefix: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of what `SPADE` and `ConditionedSPADE` share."""
    return [
        *naming.normalization(f"{prefix}.first_norm", layer.norm),
        *naming.convolution(f"{prefix}.mlp_gamma", layer.gamma),
        *naming.convolution(f"{prefix}.mlp_beta", layer.beta),
    ]


def spade(prefix: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of a `SPADE` layer."""
    shared = label_convolution(f"{prefix}.mlp_shared.0", layer.shared)
    return [*shared, *modulation(prefix, layer)]


def residual_block(
    prefix: str, block: keras.layers.Layer, norm_entries: Callable
) -> list[Entry]:
    """Entries of a residual block; `norm_entries` gives a norm's."""
    entries = []
    for name in ("0", "1", "s"):
        norm = getattr(block, f"norm_{name}")
        if norm is None:  # identity shortcut
            continue
        entries += norm_entries(f"{prefix}.norm_{name}", norm)
        entries += naming.convolution(
            f"{prefix}.conv_{name}", getattr(block, f"conv_{name}")
        )
    return entries


def naming_table(generator: keras.Model) -> list[Entry]:
    entries = label_convolution("fc", generator.fc)
    for i, block in enumerate(generator.named_blocks().values()):
        entries += residual_block(f"body.{i}", block, spade)
    return [*entries, *naming.convolution("conv_img", generator.conv_img)]


def infer(
    state: Mapping[str, np.ndarray], options: Mapping[str, Any]
) -> dict[str, Any]:
    shared = r"body\.\d+\.norm_[01s]\.mlp_shared\.0"
    votes = {rf"(fc|{shared})\.weight": lambda s: s[1] if len(s) == 4 else None}
    arguments = infer_generator("OASIS generator", state, options, votes)
    hidden = vote(
        state,
        {
            rf"{shared}\.(weight|bias)": lambda s: s[0],
            r".*\.mlp_(gamma|beta)\.weight": lambda s: s[1],
        },
    )
    return {**arguments, **({"hidden_filters": hidden} if hidden else {})}


def infer_generator(
    network: str,
    state: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    channel_votes: Mapping[str, Callable],
) -> dict[str, Any]:
    """What the shapes tell of an OASIS or DP-GAN generator alike."""
    if not inference.has_key(state, r"body\.\d+\..*"):
        raise ValueError(
            f"This is no state of a {network}: no key is like "
            "body.0.conv_0.weight_orig."
        )
    widths = {
        rf"body\.{i}\.conv_1\.(bias|{KERNEL}|weight_u)": (
            lambda s, width=width: s[0] // width
        )
        for i, width in enumerate(WIDTHS.values())
    }
    filters = inference.require("its width", network, vote(state, widths))
    arguments = {
        **classes_and_noise(vote(state, channel_votes), options),
        "filters": filters,
        "normalization": _normalization(state, options),
        "spectral": inference.has_key(state, r"body\..*\.weight_(orig|u|v)"),
    }
    told = {
        "kernel_size": {
            r".*\.mlp_(gamma|beta)\.weight": inference.odd_size,
        },
        "output_channels": {r"conv_img\.(weight|bias)": lambda s: s[0]},
    }
    for name, votes in told.items():
        number = vote(state, votes)
        if number is not None:
            arguments[name] = number
    return arguments


def classes_and_noise(
    channels: int | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Split the channels of the semantic input into classes and noise.

    Shapes tell their sum only; one of the two options tells the rest. Without
    any, 64 channels are noise if there are more than 64.
    """
    if channels is None:
        return {"num_classes": options.get("num_classes", 1)}
    if "noise_dim" in options:
        noise = options["noise_dim"] or 0
    elif "num_classes" in options:
        noise = channels - options["num_classes"]
    else:
        noise = NOISE_DIM if channels > NOISE_DIM else 0
    return {"num_classes": channels - noise, "noise_dim": noise or None}


def _normalization(state, options):
    running = {
        key: value for key, value in state.items() if ".first_norm." in key
    }
    return inference.normalization(running, options)


def class_axis(key: str) -> tuple[int, int] | None:
    """The kernels that read labels; see `Converter`."""
    reads = key == "fc.weight" or key.endswith(".mlp_shared.0.weight")
    return (2, 0) if reads else None


CONVERTER = Converter(
    OASISGenerator,
    infer,
    naming_table,
    class_axis=class_axis,
    untold=(untold.NOISE, untold.IMAGE_SIZE, untold.LABEL_ORDER),
)
