"""A user's own folders of photographs and label maps."""

import os
from collections.abc import Sequence
from typing import Literal

from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.file_dataset import DatasetError
from keras_semsynth.data.file_dataset import make_file_dataset
from keras_semsynth.data.folder_classes import find_classes
from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import pair_by_stem
from keras_semsynth.data.pairing import pair_key
from keras_semsynth.data.pairing import phase_of
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.listing import list_images


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
) -> SemanticDataset | None:
    """Finds photographs and label maps paired by file stem, in any nesting.

    Args:
        split: str, `"train"`, `"val"` or `"test"` (the same as `"val"`).
            Defaults to `"train"`.
        image_dir: str. Folder of training photographs.
        label_dir: str. Folder of training label maps (indexed, grey or RGB
            PNG), paired with the photographs by file stem.
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

    Returns:
        `SemanticDataset`, or `None` for another split than training if there
        are no folders of it.
    """
    phase = phase_of(split)
    own, prefix = (image_dir, label_dir, instance_dir), ""
    if phase != "train":
        own = (val_image_dir, val_label_dir, val_instance_dir)
        prefix = "val_"
        if val_image_dir is None and val_label_dir is None:
            return None
    rows, problems = pair_folders(*own, use_edge_map, pairing, prefix)
    try:
        classes = find_classes(
            [d for d in (label_dir, val_label_dir) if d is not None],
            num_classes,
            ignore_label,
            label_ids,
            palette,
            palette_tolerance,
            class_names,
        )
    except ValueError as error:
        rows = rows[:max_dataset_size]
        raise DatasetError([*problems, str(error)], rows) from error
    return make_file_dataset(
        "folder", phase, rows, problems, classes, max_dataset_size
    )


def pair_folders(
    image_dir: str | None,
    label_dir: str | None,
    instance_dir: str | None = None,
    use_edge_map: bool | None = None,
    pairing: str = "stem",
    prefix: str = "",
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Pairs the files of two or three folders.

    Args:
        image_dir: str. Photographs.
        label_dir: str. Label maps.
        instance_dir: str or `None`. Defaults to `None`.
        use_edge_map: bool or `None`. See `find`. Defaults to `None`.
        pairing: str. See `find`. Defaults to `"stem"`.
        prefix: str. Prefix of the arguments in messages. Defaults to `""`.

    Returns:
        Tuple of rows `(image, label[, instance])` and a list of problems.
    """
    for name, value in (("image_dir", image_dir), ("label_dir", label_dir)):
        if value is None:
            raise ValueError(f"Dataset 'folder' needs `{prefix}{name}=FOLDER`.")
    if use_edge_map and instance_dir is None:
        raise ValueError(
            "`use_edge_map=true` needs instance maps; give "
            f"`{prefix}instance_dir=FOLDER`."
        )
    images, labels = list_images(image_dir), list_images(label_dir)
    instances = None
    if instance_dir is not None and use_edge_map is not False:
        instances = list_images(instance_dir)
    if pair_key(pairing) is None:
        lists = {"images": images, "label maps": labels}
        if instances is not None:
            lists["instance maps"] = instances
        return pair_by_position(lists, None)
    rows, problems = pair_by_stem(image_dir, images, label_dir, labels)
    if instances is not None:
        with_instances, more = pair_by_stem(
            instance_dir, instances, label_dir, labels
        )
        problems += [p.replace("image", "instance map") for p in more]
        instance_of = {label: path for path, label in with_instances}
        rows = [
            (image, label, instance_of[label])
            for image, label in rows
            if label in instance_of
        ]
    return rows, problems


FOLDER = Dataset(
    "folder",
    find,
    source="The photographs and label maps are your own.",
)
