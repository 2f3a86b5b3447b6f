"""Segmentation networks that make label maps of photographs."""

import os
from typing import Any

import numpy as np

from keras_semsynth.checkpoints import open_scorer
from keras_semsynth.data import DATASETS
from keras_semsynth.data import Classes
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.evaluation import rulers
from keras_semsynth.files.pictures import resize_pictures
from keras_semsynth.scorers import PRETRAINED_SCORERS
from keras_semsynth.scorers import SegmentationScorer

# Scores of all classes at the size of a photograph must fit into memory.
MAX_SIDE = 1024
# The public networks, each with the first dataset that it scores.
PUBLIC = {
    dataset.scorer: dataset
    for dataset in reversed(DATASETS.values())
    if dataset.scorer is not None
}


class PhotoLabeler:
    """A segmentation network that answers in the ids of a dataset.

    Args:
        scorer: `SegmentationScorer`.
        ids: Integer array: the id of each class of `scorer`.
        classes: `Classes` of the ids 0 to the largest of `ids`.
        description: Mapping. What to say of the network and its weights.
        max_side: int. Longest side in pixels that the network is shown.
    """

    def __init__(
        self,
        scorer: SegmentationScorer,
        ids: np.ndarray,
        classes: Classes,
        description: dict[str, Any],
        max_side: int,
    ):
        if max_side < 16:
            raise ValueError(
                "`max_side` must be at least 16 pixels. "
                f"Received: max_side={max_side}."
            )
        self.scorer = scorer
        self.ids = np.asarray(ids)
        self.classes = classes
        self.description = {**description, "max_side": max_side}
        self.max_side = max_side

    def shown_size(self, height: int, width: int) -> tuple[int, int]:
        """Returns the size at which the network is shown a photograph."""
        factor = min(1.0, self.max_side / max(height, width))
        return max(1, round(height * factor)), max(1, round(width * factor))

    def label(self, photographs: list[np.ndarray]) -> list[np.ndarray]:
        """Makes label maps of photographs that the network is shown alike.

        Args:
            photographs: List of uint8 arrays `(height, width, 3)`, RGB, which
                all have the same `shown_size`.

        Returns:
            List of arrays `(height, width)` of ids: uint8, or uint16 if there
            are more than 256 classes. A label map that the network drew
            smaller is enlarged by the nearest pixel.
        """
        size = self.shown_size(*photographs[0].shape[:2])
        shown = [resize_pictures(photo[None], size)[0] for photo in photographs]
        found = self.scorer.segment(np.stack(shown), batch_size=len(shown))
        kind = "uint8" if len(self.classes) <= 256 else "uint16"
        label_maps = self.ids[found].astype(kind)
        return [
            resize_nearest(label_map, photo.shape[:2])
            for label_map, photo in zip(label_maps, photographs, strict=True)
        ]


def open_labeler(
    scorer: str | os.PathLike,
    weights_dir: str | os.PathLike | None = None,
    max_side: int | None = None,
) -> PhotoLabeler:
    """Opens a segmentation network to make label maps with.

    Args:
        scorer: str. Name of a public network or of one in the package, or
            path of a `.keras` file of `train_scorer`.
        weights_dir: str or `None`. Folder of the public weight files, or
            `"download"`; see `checkpoints.find_weights`. Defaults to `None`,
            the environment variable `SEMSYNTH_WEIGHTS`.
        max_side: int or `None`. Longest side in pixels that the network is
            shown. Defaults to `None`: the size that a scorer of
            `train_scorer` was trained at, else 1024.

    Returns:
        `PhotoLabeler`.

    Raises:
        ValueError: If there is no such network.
        FileNotFoundError: If its weights are not in `weights_dir`.
    """
    name = os.fspath(scorer)
    if name in PUBLIC:
        dataset = PUBLIC[name]
        network, record = open_scorer(name, weights_dir)
        table = dataset.scorer_ids[: len(dataset.classes)]
        ids = [
            int(np.flatnonzero(table == number)[0])
            for number in range(network.num_classes)
        ]
        description = {
            "scorer": name,
            "dataset": dataset.name,
            **network.describe(),
            "weights": record.as_dict(),
        }
        names, palette = dataset.classes.names, dataset.classes.palette
        count = max(ids) + 1
        classes = Classes(names[:count], _distinct(palette[:count]))
        return PhotoLabeler(
            network, ids, classes, description, max_side or MAX_SIDE
        )
    if name not in PRETRAINED_SCORERS and not name.endswith(".keras"):
        names = ", ".join((*PUBLIC, *PRETRAINED_SCORERS))
        raise ValueError(
            f"`scorer` must be one of {names}, or a "
            f".keras file of semsynth train_scorer. Received: scorer={name!r}."
        )
    path = None if name in PRETRAINED_SCORERS else name
    title, network, description = rulers.trained_scorer(path, name)
    ids = network.to_dataset_ids(np.arange(network.num_classes))
    names = list(network.class_names)
    if network.unknown_class is not None:
        names.insert(network.unknown_class, "unknown")
    classes = _own_classes(names[: max(ids) + 1], network.dataset)
    if max_side is None:
        trained_at = network.image_size
        max_side = MAX_SIDE if trained_at is None else max(trained_at)
    description = {"scorer": title, **description}
    return PhotoLabeler(network, ids, classes, description, max_side)


def _distinct(palette):
    """Makes colours differ: a palette file tells classes apart by them."""
    palette = np.array(palette)
    seen = set()
    for color in palette:
        while tuple(color) in seen:
            # Classes that Cityscapes does not score are all black.
            color[2] += 1
        seen.add(tuple(color))
    return palette


def _own_classes(names, dataset):
    """Classes with the colours of a dataset of the package, if it is one."""
    found = DATASETS.get(dataset)
    if found is not None and found.classes is not None:
        if list(found.classes.names[: len(names)]) == names:
            return Classes(names, found.classes.palette[: len(names)])
    return Classes(names)
