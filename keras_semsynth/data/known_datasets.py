"""ADE20K, Cityscapes, COCO-Stuff and Facades as their authors lay them out."""

import os

import numpy as np

from keras_semsynth.data import class_names
from keras_semsynth.data.file_dataset import make_file_dataset
from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.pairing import list_images
from keras_semsynth.data.pairing import natural_key
from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import read_lines
from keras_semsynth.data.pairing import stem
from keras_semsynth.data.semantic_dataset import SemanticDataset


def ade20k(
    data_dir: str,
    split: str = "train",
    ade_label_shift: bool = False,
    file_list: str | None = None,
    max_dataset_size: int | None = None,
    pairing: str = "stem",
    name: str = "ade20k",
) -> SemanticDataset:
    """ADE20K scene parsing (the 150-class benchmark), 151 ids.

    Raw ids are used as they are: 0 is unknown, `k` is class `k`. Released
    SPADE weights expect this; the shift in the official code has no effect.

    Args:
        data_dir: str. Label maps are all `*.png`, images all `*.jpg` below it
            whose path contains `_train_` or `_val_`.
        split: str. Defaults to `"train"`.
        ade_label_shift: bool. Maps raw 0 to 150 and `k` to `k - 1`, as other
            projects do. Defaults to `False`.
        file_list: str or `None`. Text file of names or paths, one a line; only
            samples with such a stem are kept. Defaults to `None`.
        max_dataset_size: int or `None`. Defaults to `None`.
        pairing: str, `"stem"` or `"position"` (unchecked). Defaults to
            `"stem"`.
        name: str. Defaults to `"ade20k"`.

    Returns:
        `SemanticDataset`.
    """
    marker = "_train_" if _phase(split) == "train" else "_val_"
    # The part below `data_dir` decides, so that the name of a parent cannot
    # mix the splits.
    paths = [
        path
        for path in list_images(data_dir, read_list=False)
        if marker in os.path.relpath(path, data_dir)
    ]
    lists = {
        "images": [path for path in paths if path.endswith(".jpg")],
        "label maps": [path for path in paths if path.endswith(".png")],
    }
    if file_list is not None:
        if not os.path.isfile(file_list):
            raise ValueError(
                f"The file list {file_list} does not exist; give an existing "
                "text file to --file_list."
            )
        # Names may come with or without folder and extension.
        wanted = {stem(line) for line in read_lines(file_list)}
        lists = {
            noun: [path for path in paths if stem(path) in wanted]
            for noun, paths in lists.items()
        }
    rows, problems = pair_by_position(lists, _pair_key(pairing, stem))
    names = list(class_names.ADE20K)
    if ade_label_shift:
        id_map = {0: 150} | {k: k - 1 for k in range(1, 151)}
        names = names + ["unknown"]
    else:
        id_map = {150: 150}
        names = ["unknown"] + names
    decoder = LabelDecoder(
        150,
        id_map=id_map,
        extra_class=True,
        hint="ADE20K label maps hold 0 to 150, so check --data_dir",
    )
    return make_file_dataset(
        name,
        _phase(split),
        rows,
        problems,
        decoder,
        max_dataset_size,
        class_names=names,
        unknown_class=150 if ade_label_shift else 0,
    )


def ade20k_outdoor(
    data_dir: str, split: str = "train", file_list: str | None = None, **options
) -> SemanticDataset:
    """ADE20K restricted to the outdoor images named in a file list.

    Args:
        data_dir: str. See `ade20k`.
        split: str. Defaults to `"train"`.
        file_list: str. Text file with one name a line; names of the other
            split are skipped.
        **options: See `ade20k`.

    Returns:
        `SemanticDataset`.
    """
    if file_list is None:
        raise ValueError(
            "Dataset 'ade20k_outdoor' needs --file_list=FILE, a text file with "
            "the outdoor image names, one a line."
        )
    return ade20k(
        data_dir, split, file_list=file_list, name="ade20k_outdoor", **options
    )


def cityscapes(
    data_dir: str,
    split: str = "train",
    use_edge_map: bool = True,
    max_dataset_size: int | None = None,
    pairing: str = "stem",
) -> SemanticDataset:
    """Cityscapes with its 35 label ids and instance edges.

    Args:
        data_dir: str. Holds `gtFine/<split>` and `leftImg8bit/<split>`.
        split: str. Defaults to `"train"`.
        use_edge_map: bool. Defaults to `True`.
        max_dataset_size: int or `None`. Defaults to `None`.
        pairing: str, `"stem"` (the first three `_`-separated parts of the
            names must agree) or `"position"`. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    phase = _phase(split)
    labels = list_images(os.path.join(data_dir, "gtFine", phase), False)
    images = list_images(os.path.join(data_dir, "leftImg8bit", phase), False)
    lists = {
        "images": images,
        "label maps": [p for p in labels if p.endswith("_labelIds.png")],
    }
    if use_edge_map:
        lists["instance maps"] = [
            p for p in labels if p.endswith("_instanceIds.png")
        ]
    rows, problems = pair_by_position(
        lists,
        _pair_key(pairing, lambda path: tuple(stem(path).split("_")[:3])),
    )
    decoder = LabelDecoder(
        35,
        hint="Cityscapes needs the *_labelIds.png files with 0 to 34",
    )
    return make_file_dataset(
        "cityscapes",
        phase,
        rows,
        problems,
        decoder,
        max_dataset_size,
        class_names=class_names.CITYSCAPES,
        palette=np.array(class_names.CITYSCAPES_PALETTE),
        unknown_class=0,
    )


def coco_stuff(
    data_dir: str,
    split: str = "train",
    use_edge_map: bool = True,
    portraits: bool = True,
    max_dataset_size: int | None = None,
    pairing: str = "stem",
) -> SemanticDataset:
    """COCO-Stuff, 182 classes and the unknown class, with instance edges.

    Args:
        data_dir: str. Holds `<split>_label`, `<split>_img`, `<split>_inst`, and
            perhaps `train_label_portrait` and so on.
        split: str. Defaults to `"train"`.
        use_edge_map: bool. Defaults to `True`.
        portraits: bool. Whether training uses the `_portrait` folders if they
            exist. Defaults to `True`.
        max_dataset_size: int or `None`. Defaults to `None`.
        pairing: str, `"stem"` or `"position"` (unchecked). Defaults to
            `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    phase = _phase(split)
    kinds = {"images": "img", "label maps": "label"}
    if use_edge_map:
        kinds["instance maps"] = "inst"
    lists = {}
    for noun, kind in kinds.items():
        folder = os.path.join(data_dir, f"{phase}_{kind}")
        if kind == "inst" and not os.path.isdir(folder):
            raise ValueError(
                f"The folder {folder} with instance maps does not exist; pass "
                "--use_edge_map=false to train without instance edges."
            )
        paths = list_images(folder)
        portrait = f"{folder}_portrait"
        if phase == "train" and portraits and os.path.isdir(portrait):
            paths = sorted(paths + list_images(portrait), key=natural_key)
        lists[noun] = paths
    rows, problems = pair_by_position(lists, _pair_key(pairing, stem))
    decoder = LabelDecoder(
        182,
        ignore_label=255,
        hint="COCO-Stuff label maps hold 0 to 181 and 255, so check --data_dir",
    )
    return make_file_dataset(
        "coco_stuff",
        phase,
        rows,
        problems,
        decoder,
        max_dataset_size,
        class_names=class_names.COCO_STUFF + ("unknown",),
        unknown_class=182,
    )


def facades(
    data_dir: str,
    split: str = "train",
    max_dataset_size: int | None = None,
    pairing: str = "stem",
) -> SemanticDataset:
    """CMP Facades, 13 ids.

    Args:
        data_dir: str. Holds `<split>_label` and `<split>_img`.
        split: str. Defaults to `"train"`.
        max_dataset_size: int or `None`. Defaults to `None`.
        pairing: str, `"stem"` or `"position"` (unchecked). Defaults to
            `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    phase = _phase(split)
    lists = {
        noun: list_images(os.path.join(data_dir, f"{phase}_{kind}"))
        for noun, kind in (("images", "img"), ("label maps", "label"))
    }
    rows, problems = pair_by_position(lists, _pair_key(pairing, stem))
    decoder = LabelDecoder(
        13, hint="Facades label maps hold 0 to 12, so check --data_dir"
    )
    return make_file_dataset(
        "facades",
        phase,
        rows,
        problems,
        decoder,
        max_dataset_size,
        class_names=class_names.FACADES,
        unknown_class=0,
    )


def _phase(split):
    if split not in ("train", "val", "test"):
        raise ValueError(
            f"`split` must be 'train', 'val' or 'test'. Received: {split!r}."
        )
    return "train" if split == "train" else "val"


def _pair_key(pairing, key):
    if pairing not in ("stem", "position"):
        raise ValueError(
            "`pairing` must be 'stem' or 'position'. Received: "
            f"pairing={pairing!r}."
        )
    return key if pairing == "stem" else None
