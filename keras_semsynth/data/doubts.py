"""Tells what is possible in label maps, but not likely."""

import collections
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.datasets.dataset import no_doubts
from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.semantic_dataset import SemanticDataset

_SELECTED = 64


def find_doubts(
    arguments: Mapping[str, Any], dataset: SemanticDataset
) -> list[str]:
    """Looks at some label maps for a numbering that is not likely.

    Args:
        arguments: Mapping of the arguments of `find` that gave `dataset`.
        dataset: `SemanticDataset` whose files were checked already.

    Returns:
        List of str, one sentence each.
    """
    if not isinstance(dataset.reader, FileReader):
        return []
    doubts = get_dataset(dataset.name).variant(arguments).doubts
    if doubts is no_doubts:
        return []
    counts = collections.Counter()
    selected = dataset.samples[:: -(-len(dataset) // _SELECTED)]
    for files in selected:
        values = dataset.reader.read_values(files.label)
        counts.update(np.unique(values).tolist())
    return doubts(counts, len(selected))
