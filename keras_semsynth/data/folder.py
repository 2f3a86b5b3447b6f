"""A user's own folders of photographs and label maps."""

import logging
import os
from collections.abc import Iterable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from keras_semsynth.data.file_dataset import make_file_dataset
from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.label_decoder import grey_values
from keras_semsynth.data.pairing import list_images
from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import pair_by_stem
from keras_semsynth.data.pairing import read_lines
from keras_semsynth.data.palettes import palette_for
from keras_semsynth.data.palettes import read_palette
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.images import open_image
from keras_semsynth.files.images import read_label_values

MAX_DETECTED_COLORS = 1024


def folder(
    split: str = "train",
    image_dir: str | None = None,
    label_dir: str | None = None,
    val_image_dir: str | None = None,
    val_label_dir: str | None = None,
    instance_dir: str | None = None,
    val_instance_dir: str | None = None,
    num_classes: int | None = None,
    ignore_label: int | None = None,
    palette: str | None = None,
    class_names: str | Sequence[str] | None = None,
    use_edge_map: bool | None = None,
    max_dataset_size: int | None = None,
    pairing: str = "stem",
) -> SemanticDataset:
    """Photographs and label maps paired by file stem, in any nesting.

    The arguments mirror the command line flags.

    Args:
        split: str, `"train"`, `"val"` or `"test"` (the same as `"val"`).
            Defaults to `"train"`.
        image_dir: str. Training photographs.
        label_dir: str. Training label maps.
        val_image_dir: str or `None`. Validation photographs.
        val_label_dir: str or `None`. Validation label maps.
        instance_dir: str or `None`. Instance maps. Defaults to `None`.
        val_instance_dir: str or `None`. Defaults to `None`.
        num_classes: int or `None`. Number of real classes: raw ids lie in
            `[0, num_classes)`. Defaults to the length of the palette, where
            there is one.
        ignore_label: int or `None`. Raw id that means "not labelled"; it
            becomes an extra last class. Defaults to `None`.
        palette: str or `None`. Palette file (see `read_palette`), or
            `"detect"`: all colours of the training and validation label maps
            in the order of their red, green, blue values. `None` detects them
            if the first label map is in colour. If the first label map is an
            RGB file, all are read by colour. Defaults to `None`.
        class_names: Sequence of str, comma-separated str, or path of a text
            file with one name a line. Defaults to the names of the palette.
        use_edge_map: bool or `None`. `None` means: if there are instance maps.
            Defaults to `None`.
        max_dataset_size: int or `None`. Defaults to `None`.
        pairing: str, `"stem"` or `"position"` (sorted lists side by side,
            names unchecked). Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    training = split == "train"
    if split not in ("train", "val", "test"):
        raise ValueError(
            f"`split` must be 'train', 'val' or 'test'. Received: {split!r}."
        )
    own = (
        (image_dir, label_dir, instance_dir)
        if training
        else (val_image_dir, val_label_dir, val_instance_dir)
    )
    prefix = "" if training else "val_"
    rows, problems = pair_folders(*own, use_edge_map, pairing, prefix)
    label_dirs = [d for d in (label_dir, val_label_dir) if d is not None]
    decoder, options = make_decoder(
        label_dirs, num_classes, ignore_label, palette, class_names
    )
    return make_file_dataset(
        "folder",
        "train" if training else "val",
        rows,
        problems,
        decoder,
        max_dataset_size,
        unknown_class=decoder.unknown_class,
        **options,
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
        use_edge_map: bool or `None`. See `folder`. Defaults to `None`.
        pairing: str. See `folder`. Defaults to `"stem"`.
        prefix: str. Prefix of the flags named in messages. Defaults to `""`.

    Returns:
        Tuple of rows `(image, label[, instance])` and a list of problems.
    """
    for flag, value in (("image_dir", image_dir), ("label_dir", label_dir)):
        if value is None:
            raise ValueError(f"Dataset 'folder' needs --{prefix}{flag}=FOLDER.")
    if use_edge_map and instance_dir is None:
        raise ValueError(
            "--use_edge_map=true needs instance maps; give "
            f"--{prefix}instance_dir=FOLDER."
        )
    images, labels = list_images(image_dir), list_images(label_dir)
    instances = None
    if instance_dir is not None and use_edge_map is not False:
        instances = list_images(instance_dir)
    if pairing == "position":
        lists = {"images": images, "label maps": labels}
        if instances is not None:
            lists["instance maps"] = instances
        return pair_by_position(lists, None)
    if pairing != "stem":
        raise ValueError(
            "`pairing` must be 'stem' or 'position'. Received: "
            f"pairing={pairing!r}."
        )
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


def make_decoder(
    label_dirs: Sequence[str],
    num_classes: int | None = None,
    ignore_label: int | None = None,
    palette: str | None = None,
    class_names: str | Sequence[str] | None = None,
) -> tuple[LabelDecoder, dict]:
    """Builds the decoder of a folder dataset.

    Args:
        label_dirs: Sequence of str. Folders of all splits, so that detected
            colours get the same ids in each.
        num_classes: int or `None`. See `folder`. Defaults to `None`.
        ignore_label: int or `None`. See `folder`. Defaults to `None`.
        palette: str or `None`. See `folder`. Defaults to `None`.
        class_names: See `folder`. Defaults to `None`.

    Returns:
        Tuple of the `LabelDecoder` and a dict with `class_names` and `palette`
        for `SemanticDataset`.
    """
    colors, names = None, None
    files = [path for folder in label_dirs for path in list_images(folder)]
    by_color = bool(files) and reads_colors(files[0], palette)
    if palette not in (None, "detect"):
        colors, names = read_palette(palette)
    elif by_color:
        colors = detect_colors(files)
        names = ["#" + bytes(color).hex() for color in colors]
        logging.info(
            "Detected %d colours in the label maps; ids follow the order of "
            "their red, green, blue values.",
            len(colors),
        )
    if num_classes is None:
        if colors is None:
            raise ValueError(
                "Dataset 'folder' needs --num_classes, the number of classes "
                "in the label maps without the ignored one; semsynth "
                "check_data counts them."
            )
        num_classes = len(colors) - (ignore_label == len(colors) - 1)
    decoder = LabelDecoder(
        num_classes, ignore_label, colors, always_colors=by_color
    )
    unknown = decoder.unknown_class
    shown = palette_for(decoder.num_classes, unknown)
    if colors is None and files:
        colors = embedded_palette(files[0], num_classes)
    if colors is not None:
        shown[: min(num_classes, len(colors))] = colors[:num_classes]
        if ignore_label is not None and ignore_label < len(colors):
            shown[unknown] = colors[ignore_label]
    options = {
        "palette": shown,
        "class_names": _names(class_names, names, num_classes, unknown),
    }
    return decoder, options


def detect_colors(paths: Iterable[str]) -> np.ndarray:
    """Collects the colours of label maps.

    Args:
        paths: Iterable of str. Grey and indexed files count with their grey
            and palette colours.

    Returns:
        uint8 array `(num_colors, 3)` in the order of red, green, blue, the
        same whatever the order of the files.
    """

    def colors_of(path):
        image = open_image(path).convert("RGB")
        found = image.getcolors(MAX_DETECTED_COLORS)
        if found is None:
            raise ValueError(
                f"{path} has more than {MAX_DETECTED_COLORS} colours, so it is "
                "no label map, or it was smoothed or compressed with loss; "
                "check --label_dir."
            )
        return {color for _, color in found}

    found = set()
    with ThreadPoolExecutor() as pool:
        for colors in pool.map(colors_of, paths):
            found |= colors
            if len(found) > MAX_DETECTED_COLORS:
                raise ValueError(
                    f"The label maps have more than {MAX_DETECTED_COLORS} "
                    "colours together, so they were smoothed or compressed "
                    "with loss; give the true colours with --palette=FILE."
                )
    return np.array(sorted(found), "uint8")


def reads_colors(path: str, palette: str | None) -> bool:
    """Whether label maps are read by colour, which the first file decides.

    Args:
        path: str. First label file.
        palette: str or `None`. See `folder`.

    Returns:
        bool.
    """
    if palette == "detect":
        return True
    values = read_label_values(path)
    if values.ndim == 2:
        return False
    return palette is not None or grey_values(values) is None


def embedded_palette(path: str, num_classes: int) -> np.ndarray | None:
    """Colours of an indexed PNG, if they tell the classes apart."""
    image = open_image(path)
    if image.mode != "P":
        return None
    colors = np.array(image.getpalette(), "uint8").reshape(-1, 3)[:num_classes]
    if len(colors) < num_classes or len(np.unique(colors, axis=0)) < len(
        colors
    ):
        return None
    return colors if grey_values(colors) is None else None


def _names(given, from_palette, num_classes, unknown):
    if isinstance(given, str) and os.path.isfile(given):
        given = read_lines(given)
    elif isinstance(given, str):
        given = [name.strip() for name in given.split(",")]
    names = list(given or from_palette or [])
    total = num_classes + (unknown is not None)
    if given and len(names) not in (num_classes, total):
        raise ValueError(
            f"--class_names lists {len(names)} names, but there are "
            f"{num_classes} classes; give one name for each, in the order of "
            "the ids."
        )
    names = names if given else names[:num_classes]
    names += [f"class {i}" for i in range(len(names), num_classes)]
    if unknown is not None and len(names) == num_classes:
        names.append("unknown")
    return names
