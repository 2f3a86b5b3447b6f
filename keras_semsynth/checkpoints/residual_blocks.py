"""Naming of the bottleneck ResNets in the segmentation scorers."""

import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.inference import require
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.checkpoints.naming import Entry


def unit(conv: str, norm: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of a `ConvBatchNorm`, by the names of its two parts."""
    return [
        *naming.convolution(conv, layer.conv),
        *naming.batch_normalization(norm, layer.norm),
    ]


def numbered_unit(prefix: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of a unit whose parts are `.0` and `.1`."""
    return unit(f"{prefix}.0", f"{prefix}.1", layer)


def torchvision_block(prefix: str, block: keras.layers.Layer) -> list[Entry]:
    """Entries of a `Bottleneck` under torchvision's names."""
    entries = []
    for i, layer in enumerate((block.reduce, block.middle, block.increase), 1):
        entries += unit(f"{prefix}.conv{i}", f"{prefix}.bn{i}", layer)
    if block.shortcut is not None:
        entries += numbered_unit(f"{prefix}.downsample", block.shortcut)
    return entries


def infer_sizes(
    state: Mapping[str, np.ndarray],
    network: str,
    classes: str,
    blocks: Sequence[str],
    first_block: int,
    first_width: Mapping[str, int],
) -> dict[str, Any]:
    """Reads the constructor arguments all segmentation scorers share.

    Args:
        state: dict, official key -> array.
        network: str. Name of the network in errors.
        classes: str. Regular expression of keys whose length is the number of
            classes.
        blocks: list of four regular expressions of keys of the blocks of a
            stage, the number of the block in their first group.
        first_block: int. What the first block's number is.
        first_width: dict, regular expression of keys -> their length in the
            network of full width.

    Returns:
        dict of `num_classes`, `width_divisor` and `block_counts`.

    Raises:
        ValueError: If no key tells one of them.
    """
    counts = []
    for pattern in blocks:
        found = (re.fullmatch(pattern, key) for key in state)
        last = max((int(m[1]) for m in found if m), default=None)
        count = None if last is None else last - first_block + 1
        counts.append(require("how many blocks it has", network, count))
    divisor = vote(
        state,
        {
            pattern: lambda shape, width=width: width // max(shape[0], 1)
            for pattern, width in first_width.items()
        },
    )
    return {
        "num_classes": require(
            "its classes", network, vote(state, {classes: lambda s: s[0]})
        ),
        "width_divisor": require("its width", network, divisor),
        "block_counts": counts,
    }
