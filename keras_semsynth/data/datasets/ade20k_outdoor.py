"""The outdoor images of ADE20K, as SPADE's paper scores them."""

import dataclasses
import os
from typing import Literal

from keras_semsynth.data.datasets import ade20k
from keras_semsynth.data.semantic_dataset import SemanticDataset


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    file_list: str | os.PathLike | None = None,
    ade_label_shift: bool = False,
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset:
    """Finds the images of ADE20K that a file list names as outdoor ones.

    Args:
        data_dir: str. Root folder of ADE20K.
        split: str. Defaults to `"train"`.
        file_list: str. Text file with the names of the outdoor images, one a
            line; names of the other split are skipped. Must be given.
        ade_label_shift: bool. Map raw 0 to class 150 and raw `k` to class
            `k - 1`. Defaults to `False`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    if file_list is None:
        raise ValueError(
            "Dataset 'ade20k_outdoor' needs `file_list=FILE`, a text file with "
            "the outdoor image names, one a line."
        )
    classes = ade20k.SHIFTED_CLASSES if ade_label_shift else ade20k.CLASSES
    return ade20k.find_files(
        "ade20k_outdoor",
        classes,
        data_dir,
        split,
        file_list,
        max_dataset_size,
        pairing,
    )


_PLACE = {
    "name": "ade20k_outdoor",
    "find": find,
    "source": f"{ade20k.ADE20K.source[:-1]}; the list of its outdoor images "
    "is yours to make, for example by their scene category.",
}
ADE20K_OUTDOOR = dataclasses.replace(
    ade20k.ADE20K,
    variants={"ade_label_shift": dataclasses.replace(ade20k.SHIFTED, **_PLACE)},
    **_PLACE,
)
