"""The official SPADE generator (`*_net_G.pth` with `netG = spade`)."""

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
from keras_semsynth.checkpoints.untold import Untold
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.generators.pyramid_generator import LEVELS
from keras_semsynth.generators.pyramid_generator import WIDTHS

# Option -> how often the start map is doubled.
_DOUBLINGS = {
    name: len(LEVELS[name]) - 1 for name in ("normal", "more", "most")
}
# The block of the seventh doubling.
_MOST = r"up_4\..*"


def official_name(name: str) -> str:
    """Official name of one of our blocks: only the two middle ones differ."""
    return name.replace("g_middle", "G_middle")


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


def pyramid(
    generator: keras.Model,
    of_block: Callable[[str, keras.layers.Layer], list[Entry]],
) -> list[Entry]:
    """Entries of start map, blocks and last convolution of SPADE's heirs.

    Args:
        generator: `PyramidGenerator`.
        of_block: Callable of a prefix and a block that gives its entries.
    """
    if generator.style_dim is None:
        entries = naming.convolution("fc", generator.fc)
    else:
        multiple = generator.size_multiple
        height, width = (n // multiple for n in generator.image_size)
        start = naming.flattened(generator.start_channels, height, width)
        entries = naming.dense("fc", generator.fc, outputs=start)
    for name, block in generator.named_blocks().items():
        entries += of_block(official_name(name), block)
    return [*entries, *naming.convolution("conv_img", generator.conv_img)]


def naming_table(generator: keras.Model) -> list[Entry]:
    return pyramid(generator, spade_residual_block)


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
    told = style(state, filters)
    most = inference.has_key(state, _MOST)
    arguments["upsampling"] = (
        "most" if most else upsampling(state, options, filters)
    )
    return {**arguments, **told}


def _filters(state):
    votes = {}
    for name, factor in WIDTHS.items():
        votes[rf"{official_name(name)}\.conv_1\.(bias|{KERNEL}|weight_u)"] = (
            lambda s, factor=factor: int(s[0] / factor)
        )
    return vote(state, votes)


def style(
    state: Mapping[str, np.ndarray], start_filters: int
) -> dict[str, Any]:
    """The length of the style code, where `fc` reads one.

    Args:
        state: dict, official key -> array.
        start_filters: int. The start map has 16 times as many channels.
    """
    start = 16 * start_filters
    votes = {
        r"fc\.weight": lambda s: len(s) == 2,
        r"fc\.bias": lambda s: s[0] > start,
    }
    if not vote(state, votes):
        return {}
    return {"style_dim": vote(state, {r"fc\.weight": lambda s: s[1]}) or 256}


def upsampling(
    state: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    start_filters: int,
) -> str:
    """What was given, or what the start map and the image size tell."""
    if "upsampling" in options or not _tells_upsampling(state, options):
        return options.get("upsampling", "normal")
    height, width = options["image_size"]
    cells = vote(
        state, {r"fc\.(weight|bias)": lambda s: s[0] // (16 * start_filters)}
    )
    for name, doublings in _DOUBLINGS.items():
        if (height >> doublings) * (width >> doublings) == cells:
            return name
    raise ValueError(
        f"`image_size={height}x{width}` is not the size this network was "
        f"trained for: its start map has {cells} cells, and no number of "
        "doublings leads from there to that size."
    )


def _tells_upsampling(state, options):
    """Whether a start map of fixed size and the image size tell it."""
    dense = vote(state, {r"fc\.weight": lambda s: len(s) == 2})
    return bool(dense) and options.get("image_size") is not None


UPSAMPLING = Untold(
    ("upsampling",),
    "normal or more",
    "normal, Cityscapes more",
    lambda state, arguments: (
        not inference.has_key(state, _MOST)
        and not _tells_upsampling(state, arguments)
    ),
)
CONVERTER = Converter(
    SPADEGenerator,
    infer,
    naming_table,
    untold=(untold.EDGE_MAP, UPSAMPLING, untold.IMAGE_SIZE),
)
