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
from keras_semsynth.files.images import read_size
from keras_semsynth.files.listing import JPEG_EXTENSIONS
from keras_semsynth.files.listing import extension
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem

NAMES = tuple(
    """unknown, background, facade, window, door, cornice, sill, balcony, blind,
    deco, molding, pillar, shop""".replace("\n    ", " ").split(", ")
)

_PAGE = "https://cmp.felk.cvut.cz/~tylecr1/facade"
_ARCHIVES = "CMP_facade_DB_base.zip and CMP_facade_DB_extended.zip"
# What the names in the archives begin with. The authors name no split.
_PUBLISHED = {"train": "cmp_b", "val": "cmp_x"}


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset | None:
    """Finds the images and label maps of CMP Facades, 13 ids.

    Args:
        data_dir: str. Root folder: holds the unpacked archives, whose base
            set is the training and whose extended set the validation split;
            or `<split>_img` and `<split>_label` of a split of your own.
        split: str. Defaults to `"train"`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`, or `None` for the validation split if there is a
        base set, but no extended one.
    """
    phase = phase_of(split)
    if any(
        os.path.isdir(os.path.join(data_dir, f"{part}_{kind}"))
        for part in ("train", "val")
        for kind in ("img", "label")
    ):
        lists = {
            noun: list_images(os.path.join(data_dir, f"{phase}_{kind}"))
            for noun, kind in (("images", "img"), ("label maps", "label"))
        }
    else:
        lists = _list_published(data_dir, phase)
        if lists is None:
            return None
    rows, problems = pair_by_position(lists, pair_key(pairing), [data_dir])
    return make_file_dataset(
        "facades", phase, rows, problems, FACADES.classes, max_dataset_size
    )


def _list_published(data_dir, phase):
    """Lists the files of the archives; `None` without an extended set."""
    paths = list_images(data_dir, False)
    own = [p for p in paths if stem(p).startswith(_PUBLISHED[phase])]
    if own:
        return {
            "images": [p for p in own if extension(p) in JPEG_EXTENSIONS],
            "label maps": [p for p in own if extension(p) == ".png"],
        }
    if phase == "val" and any(stem(p).startswith("cmp_b") for p in paths):
        return None
    jpegs = [path for path in paths if extension(path) in JPEG_EXTENSIONS]
    if jpegs and len(jpegs) == len(paths):
        height, width = read_size(jpegs[0])
        if width == 2 * height:
            raise ValueError(
                f"{jpegs[0]} holds a photograph and its label map side by "
                "side, as pix2pix publishes CMP Facades; JPEG does not keep "
                f"ids, so download {_ARCHIVES} from {_PAGE} instead."
            )
    raise ValueError(
        f"`data_dir={data_dir}` must be the folder in which {_ARCHIVES} were "
        f"unpacked: no file there is called {_PUBLISHED[phase]}*.jpg or "
        f"{_PUBLISHED[phase]}*.png{say_skipped(data_dir)}; {phase}_img and "
        f"{phase}_label serve as well."
    )


def _doubt_numbers_from_0(counts, total):
    """Published maps hold 1 to 12."""
    if 12 in counts or not 0 < total <= 4 * counts.get(0, 0):
        return []
    return [
        f"0, which is 'unknown', is in {counts[0]} of {total} label maps, and "
        "12, 'shop', is in none: if they number the 12 parts from 0, add 1 to "
        "their ids."
    ]


FACADES = Dataset(
    "facades",
    find,
    doubts=_doubt_numbers_from_0,
    source=f"CMP Facades ({_ARCHIVES}) is at {_PAGE}.",
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
