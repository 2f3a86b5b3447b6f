"""The fixed samples on which one watches a run."""

import copy

import numpy as np

from keras_semsynth.data.pipeline import make_pipeline
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.semantic_dataset import SemanticDataset

# Samples of a split that are checked before training; reading all of the
# largest datasets takes minutes (the command check_data does).
CHECKED_SAMPLES = 5000
# Held-out samples among which those of the grids are chosen.
CANDIDATES = 64
# A class counts as visible in a layout from this share of the pixels on.
VISIBLE = 0.01


def read_samples(
    held_out: SemanticDataset,
    train: SemanticDataset,
    preprocessing: Preprocessing,
    count: int,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Reads the fixed samples of the grids.

    Args:
        held_out: `SemanticDataset` to take them from.
        train: `SemanticDataset` of the training split.
        preprocessing: `Preprocessing`, not for training.
        count: int. Samples of a grid.

    Returns:
        `(inputs, images)` as `SampleGrid` takes them.
    """
    count = min(count, len(held_out))
    if preprocessing.image_size is None:
        count = 1  # Images of different sizes cannot share a grid.
    batches = make_pipeline(
        choose_samples(held_out, count),
        preprocessing,
        count,
        training=False,
        cache="off",
    )
    inputs, images = next(iter(batches.take(1).as_numpy_iterator()))
    if not train.use_edge_map:
        inputs.pop("edge_map", None)
    return inputs, images


def choose_samples(dataset: SemanticDataset, count: int) -> SemanticDataset:
    """Chooses samples that show as many classes as possible.

    Args:
        dataset: `SemanticDataset`.
        count: int. Samples to choose, at most the length of the dataset.

    Returns:
        `SemanticDataset` of them, in the order of the dataset. The choice
        depends on the data alone.
    """
    # From all over the dataset: neighbours are often frames of one drive.
    dataset = dataset.spread(min(len(dataset), max(count, CANDIDATES)))
    visible = []
    for index in range(len(dataset)):
        ids, pixels = np.unique(
            dataset.read(index).label_map, return_counts=True
        )
        share = pixels / pixels.sum()
        visible.append(set(ids[share >= VISIBLE]) - {dataset.unknown_class})
    seen, chosen = set(), []
    for _ in range(count):
        rest = [i for i in range(len(visible)) if i not in chosen]
        # The first of those that add most; when nothing is new, the next.
        best = max(rest, key=lambda i: len(visible[i] - seen))
        seen |= visible[best]
        chosen.append(best)
    dataset = copy.copy(dataset)
    dataset.samples = [dataset.samples[i] for i in sorted(chosen)]
    return dataset
