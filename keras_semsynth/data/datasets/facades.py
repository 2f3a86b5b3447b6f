"""CMP Facades: fronts of houses with 12 parts."""

import os
from typing import Literal

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.file_dataset import make_file_dataset
from keras_semsynth.data.label_rule import Advice
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import pair_key
from keras_semsynth.data.pairing import phase_of
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.listing import list_images

NAMES = tuple(
    """unknown, background, facade, window, door, cornice, sill, balcony, blind,
    deco, molding, pillar, shop""".replace("\n    ", " ").split(", ")
)


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset:
    """Finds the images and label maps of CMP Facades, 13 ids.

    Args:
        data_dir: str. Root folder: holds `<split>_label` and `<split>_img`.
        split: str. Defaults to `"train"`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    phase = phase_of(split)
    lists = {
        noun: list_images(os.path.join(data_dir, f"{phase}_{kind}"))
        for noun, kind in (("images", "img"), ("label maps", "label"))
    }
    rows, problems = pair_by_position(lists, pair_key(pairing))
    return make_file_dataset(
        "facades", phase, rows, problems, FACADES.classes, max_dataset_size
    )


FACADES = Dataset(
    "facades",
    find,
    source="CMP Facades is at https://cmp.felk.cvut.cz/~tylecr1/facade.",
    classes=Classes(
        NAMES,
        unknown_id=0,
        label_rule=LabelRule(
            13,
            advice=Advice(
                ids="label maps of Facades hold 0 to 12: give those files, or "
                "correct this one"
            ),
        ),
    ),
)
