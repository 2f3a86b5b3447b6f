"""What a dataset is, by its name."""

import dataclasses
import types
from collections.abc import Callable

from keras_semsynth.data.describe import DATASETS as _FIND


@dataclasses.dataclass(frozen=True)
class Dataset:
    """How a dataset is found, and the classes it has without its files."""

    name: str
    find: Callable
    classes: object
    use_edge_map: bool


# Dataset -> (number of ids, unknown id).
_CLASSES = {
    "ade20k": (151, 0),
    "ade20k_outdoor": (151, 0),
    "cityscapes": (35, 0),
    "coco_stuff": (183, 182),
    "facades": (13, 0),
    "celebamask_hq": (19, None),
    "landscapes": (10, None),
}


def _dataset(name, find):
    classes = None
    if name in _CLASSES:
        count, unknown_id = _CLASSES[name]
        classes = types.SimpleNamespace(
            names=("",) * count, unknown_id=unknown_id
        )
    edges = name in ("cityscapes", "coco_stuff")
    return Dataset(name, find, classes, edges)


DATASETS = {name: _dataset(name, find) for name, find in _FIND.items()}


def get_dataset(name: str) -> Dataset:
    """Returns a dataset by its name."""
    return DATASETS[name]
