"""The official OASIS discriminator (`*_D.pth`)."""

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
from keras_semsynth.discriminators import OASISDiscriminator

# The place of the first convolution in its list: after what precedes it.
_FIRST = {"first": 0, "down": 1, "up": 2}


def naming_table(discriminator: keras.Model) -> list[Entry]:
    entries = []
    for part, blocks in (
        ("body_down", discriminator.down),
        ("body_up", discriminator.up),
    ):
        for i, block in enumerate(blocks):
            prefix = f"{part}.{i}"
            first = f"{prefix}.conv1.{_FIRST[block.kind]}"
            entries += naming.convolution(first, block.conv_1)
            entries += naming.convolution(f"{prefix}.conv2.1", block.conv_2)
            if block.conv_s is not None:
                entries += naming.convolution(f"{prefix}.conv_s", block.conv_s)
    return [*entries, *naming.convolution("layer_up_last", discriminator.last)]


def infer(
    state: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    network: str = "OASIS discriminator",
) -> dict[str, Any]:
    depth = inference.numbers(state, r"body_(?:down|up)\.(\d+)\..*")
    if not depth:
        raise ValueError(
            f"This is no state of a {network}: no key is like "
            "body_down.0.conv1.0.weight_orig."
        )
    depth = max(depth) + 1

    def width(block):
        outputs = rf"({KERNEL}|weight_u|bias)"
        return vote(state, {rf"{block}\.conv[12]\.\d\.{outputs}": _outputs})

    widths = [width(rf"body_down\.{i}") for i in range(depth)]
    for i, found in enumerate(widths):
        # A block without keys: they are named if the rest can be built.
        widths[i] = found or next((w for w in widths if w), 1)
    arguments = {
        "encoder_filters": tuple(widths),
        "last_filters": width(rf"body_up\.{depth - 1}") or 1,
        "spectral": inference.has_key(state, r"body_.*\.weight_(orig|u|v)"),
    }
    classes = vote(state, {r"layer_up_last\.(weight|bias)": lambda s: s[0] - 1})
    arguments["num_classes"] = classes or options.get("num_classes", 1)
    channels = vote(
        state,
        {rf"body_down\.0\.(conv1\.0|conv_s)\.{KERNEL}": lambda s: s[1]},
    )
    return {**arguments, **({"image_channels": channels} if channels else {})}


def _outputs(shape):
    return shape[0]


def class_axis(key: str) -> tuple[int, int] | None:
    """The logits of the classes, which follow that of fakes."""
    return {
        "layer_up_last.weight": (3, 1),
        "layer_up_last.bias": (0, 1),
    }.get(key)


CONVERTER = Converter(
    OASISDiscriminator,
    infer,
    naming_table,
    class_axis=class_axis,
    untold=(untold.LABEL_ORDER,),
)
