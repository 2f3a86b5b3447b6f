"""Datasets by name, with the preprocessing of their papers."""

import inspect

from keras_semsynth.data import known_datasets
from keras_semsynth.data.celebamask_hq import celebamask_hq
from keras_semsynth.data.folder import folder
from keras_semsynth.data.landscapes import landscapes
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.data.unpaired import unpaired

DATASETS = {
    "landscapes": landscapes,
    "folder": folder,
    "ade20k": known_datasets.ade20k,
    "ade20k_outdoor": known_datasets.ade20k_outdoor,
    "cityscapes": known_datasets.cityscapes,
    "coco_stuff": known_datasets.coco_stuff,
    "facades": known_datasets.facades,
    "celebamask_hq": celebamask_hq,
    "unpaired": unpaired,
}

_SQUARE = {"mode": "resize_and_crop", "load_size": 286, "crop_size": 256}
# Sizes of training; evaluation loads at the crop size (see spade.md, 10.1).
PREPROCESSING = {
    "celebamask_hq": {
        "mode": "fixed",
        "load_size": 512,
        "crop_size": (512, 512),
    },
    "landscapes": {"mode": "fixed", "load_size": 64, "crop_size": (64, 64)},
    "cityscapes": {
        "mode": "fixed",
        "load_size": 512,
        "crop_size": 512,
        "aspect_ratio": 2.0,
    },
}


def preprocessing_defaults(name: str) -> dict:
    """Arguments of `Preprocessing` that the paper uses for a dataset."""
    return dict(PREPROCESSING.get(name, _SQUARE))


def describe(
    name: str, root: str | None = None, split: str = "train", **options
) -> SemanticDataset:
    """Finds the samples of a dataset.

    Args:
        name: str. `"landscapes"`, `"folder"`, `"ade20k"`, `"ade20k_outdoor"`,
            `"cityscapes"`, `"coco_stuff"`, `"facades"`, `"celebamask_hq"` or
            `"unpaired"`.
        root: str or `None`. Root folder of a known dataset. Defaults to
            `None`.
        split: str, `"train"`, `"val"` or `"test"`. Defaults to `"train"`.
        **options: Arguments of the function of that name, for example
            `image_dir` and `label_dir` of `"folder"`.

    Returns:
        `SemanticDataset`.

    Example:

    >>> dataset = keras_semsynth.data.describe("landscapes", split="val")
    >>> dataset.class_names[:3]
    ('sky', 'cloud', 'sun')
    """
    if name not in DATASETS:
        raise ValueError(
            f"`name` must be one of {', '.join(DATASETS)}. "
            f"Received: name={name!r}."
        )
    build = DATASETS[name]
    if "root" in inspect.signature(build).parameters:
        if root is None:
            raise ValueError(
                f"Dataset {name!r} needs its root folder: --data_dir=FOLDER."
            )
        return build(root, split, **options)
    if root is not None:
        raise ValueError(
            f"Dataset {name!r} takes no `root` (--data_dir). "
            f"Received: root={root!r}."
        )
    return build(split, **options)
