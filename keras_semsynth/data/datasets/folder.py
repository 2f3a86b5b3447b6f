"""A user's own folders of photographs and label maps."""

import os
from collections.abc import Sequence
from typing import Literal

from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.file_dataset import DatasetError
from keras_semsynth.data.file_dataset import make_file_dataset
from keras_semsynth.data.folder_classes import find_classes
from keras_semsynth.data.folder_pairs import pair_folders
from keras_semsynth.data.name_patterns import NamePattern
from keras_semsynth.data.pairing import phase_of
from keras_semsynth.data.semantic_dataset import SemanticDataset


def find(
    split: str = "train",
    image_dir: str | os.PathLike | None = None,
    label_dir: str | os.PathLike | None = None,
    val_image_dir: str | os.PathLike | None = None,
    val_label_dir: str | os.PathLike | None = None,
    instance_dir: str | os.PathLike | None = None,
    val_instance_dir: str | os.PathLike | None = None,
    num_classes: int | None = None,
    ignore_label: int | None = None,
    label_ids: Sequence[int] | None = None,
    palette: Literal["detect"] | str | os.PathLike | None = None,
    palette_tolerance: int = 0,
    class_names: str | os.PathLike | Sequence[str] | None = None,
    use_edge_map: bool | None = None,
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
    image_prefix: str = "",
    image_suffix: str = "",
    label_prefix: str = "",
    label_suffix: str = "",
    instance_prefix: str = "",
    instance_suffix: str = "",
) -> SemanticDataset | None:
    """Finds photographs and label maps paired by file stem, in any nesting.

    Args:
        split: str, `"train"`, `"val"` or `"test"` (the same as `"val"`).
            Defaults to `"train"`.
        image_dir: str. Folder of training photographs.
        label_dir: str. Folder of training label maps (indexed, grey or RGB
            PNG), paired with the photographs by file stem. It may be the
            folder of the photographs, which then are its JPEG files.
        val_image_dir: str or `None`. Folder of validation photographs.
            Defaults to `None`.
        val_label_dir: str or `None`. Folder of validation label maps.
            Defaults to `None`.
        instance_dir: str or `None`. Folder of training instance maps.
            Defaults to `None`.
        val_instance_dir: str or `None`. Folder of validation instance maps.
            Defaults to `None`.
        num_classes: int or `None`. Number of classes, the ignored one not
            counted: the values 0, 1, 2, ... of the label files, without
            `ignore_label`. Unset: the length of `label_ids` or of the
            palette, if there is one. Defaults to `None`.
        ignore_label: int or `None`. Value of the label files that means "not
            labelled"; it becomes an extra last class. With colours, its line
            in `palette`, from 0. Unset: any value without a class is an
            error. Defaults to `None`.
        label_ids: Sequence of int or `None`. The values of the label files
            that are the classes, in order, e.g. `0,255` for masks. Unset:
            those of `num_classes`. Defaults to `None`.
        palette: str or `None`. Colours of RGB label maps: a text file with
            lines `red green blue name` in the order of the ids, a JSON file
            (see `read_palette`), or `detect`: all colours of the label maps
            in the order of their red, green, blue values. Unset: they are
            detected if a label map is in colour. Defaults to `None`.
        palette_tolerance: int. For label maps with smoothed edges: a colour
            that is not in `palette` counts as the nearest one, if it is at
            most this far from it (0 to 442; Euclidean, RGB). Files are then
            read by their colours, grey ones too. Defaults to `0`.
        class_names: Sequence of str, comma-separated str, or path of a text
            file. Names of the classes: with commas, or a text file with one a
            line. Unset: those of the palette. Defaults to `None`.
        use_edge_map: bool or `None`. Feed edges between instances to the
            network. Unset: if there are instance maps. Defaults to `None`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.
        image_prefix: str. What the names of photographs begin with, left out
            when names are compared; other files in the folder are no
            photographs. Defaults to `""`.
        image_suffix: str. The same for the end, before the extension, such as
            `_leftImg8bit`. Defaults to `""`.
        label_prefix: str. The same for the beginning of the names of label
            maps, such as `mask_`. Defaults to `""`.
        label_suffix: str. The same for their end, such as `_mask`.
            Defaults to `""`.
        instance_prefix: str. The same for the beginning of the names of
            instance maps. Defaults to `""`.
        instance_suffix: str. The same for their end. Defaults to `""`.

    Returns:
        `SemanticDataset`, or `None` for another split than training if there
        are no folders of it.
    """
    phase = phase_of(split)
    if phase == "val" and val_image_dir is None and val_label_dir is None:
        return None
    patterns = {
        "image": NamePattern(image_prefix, image_suffix),
        "label": NamePattern(label_prefix, label_suffix),
        "instance": NamePattern(instance_prefix, instance_suffix),
    }
    found = {}
    for part, prefix, folders in (
        ("train", "", (image_dir, label_dir, instance_dir)),
        ("val", "val_", (val_image_dir, val_label_dir, val_instance_dir)),
    ):
        if part == phase or folders[:2] != (None, None):
            found[part] = pair_folders(
                *folders, use_edge_map, pairing, prefix, patterns
            )
    rows, problems, proposed = found[phase]
    try:
        classes = find_classes(
            [row[1] for pairs in found.values() for row in pairs.rows],
            num_classes,
            ignore_label,
            label_ids,
            palette,
            palette_tolerance,
            class_names,
        )
    except ValueError as error:
        raise DatasetError(
            [*problems, str(error)], rows[:max_dataset_size], proposed
        ) from error
    return make_file_dataset(
        "folder",
        phase,
        rows,
        problems,
        classes,
        max_dataset_size,
        proposed=proposed,
    )


FOLDER = Dataset(
    "folder",
    find,
    source="The photographs and label maps are your own.",
)
