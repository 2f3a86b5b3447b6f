"""The datasets that the package knows, one file each.

A new one is its file and the line here that imports it.
"""

# Ruff takes for unused what is collected in `DATASETS`.
# ruff: noqa: F401

import inspect
from typing import Any

from keras_semsynth.data.datasets.ade20k import ADE20K
from keras_semsynth.data.datasets.ade20k_outdoor import ADE20K_OUTDOOR
from keras_semsynth.data.datasets.celebamask_hq import CELEBAMASK_HQ
from keras_semsynth.data.datasets.cityscapes import CITYSCAPES
from keras_semsynth.data.datasets.coco_stuff import COCO_STUFF
from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.datasets.facades import FACADES
from keras_semsynth.data.datasets.folder import FOLDER
from keras_semsynth.data.datasets.landscapes import LANDSCAPES
from keras_semsynth.data.datasets.packed import PACKED
from keras_semsynth.data.datasets.unpaired import UNPAIRED
from keras_semsynth.data.semantic_dataset import SemanticDataset

DATASETS = {
    value.name: value
    for value in list(vars().values())
    if isinstance(value, Dataset)
}

__all__ = ["DATASETS", "Dataset", "describe", "get_dataset"]


def get_dataset(name: str) -> Dataset:
    """Returns what the package knows of a dataset.

    Args:
        name: str, a key of `DATASETS`.

    Returns:
        `Dataset`.

    Raises:
        ValueError: If there is none of that name.

    Example:

    >>> keras_semsynth.data.get_dataset("facades").classes.names[2]
    'facade'
    """
    if name not in DATASETS:
        raise ValueError(
            f"`name` must be one of {', '.join(DATASETS)}. "
            f"Received: name={name!r}."
        )
    return DATASETS[name]


def describe(
    name: str, data_dir: str | None = None, split: str = "train", **options: Any
) -> SemanticDataset | None:
    """Finds the samples of a dataset.

    Args:
        name: str, a key of `DATASETS`.
        data_dir: str or `None`. Root folder, for a dataset that has one.
            Defaults to `None`.
        split: str, `"train"`, `"val"` or `"test"`. Defaults to `"train"`.
        **options: Other arguments of its `find`, for example `image_dir` and
            `label_dir` of `"folder"`.

    Returns:
        `SemanticDataset`, or `None` for a split that it does not have.

    Raises:
        ValueError: If there is no such dataset, it lacks an argument, or its
            files are not there or do not fit together.

    Example:

    >>> dataset = keras_semsynth.data.describe("landscapes", split="val")
    >>> dataset.class_names[:3]
    ('sky', 'cloud', 'sun')
    """
    function = get_dataset(name).find
    known = inspect.signature(function).parameters
    if data_dir is not None:
        options["data_dir"] = data_dir
    elif "data_dir" in known:
        raise ValueError(
            f"Dataset {name!r} needs `data_dir=FOLDER`, its root folder."
        )
    for argument in options:
        if argument not in known:
            raise ValueError(f"Dataset {name!r} takes no `{argument}`.")
    return function(split=split, **options)
