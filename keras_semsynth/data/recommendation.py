"""Flags that suit a folder of label maps."""

import os

import numpy as np

from keras_semsynth.data.data_report import DataReport
from keras_semsynth.data.palettes import write_palette

# Ids that other tools use for "not labelled".
_VOID_IDS = (255, 65535)


def recommend_flags(values, report: DataReport) -> list[str]:
    """Recommends flags for `--dataset=folder`.

    Writes the detected colours to `--write_palette`, if that is set.

    Args:
        values: Parsed flags.
        report: `DataReport` after its scan.

    Returns:
        Lines of a flag file.
    """
    lines = ["--dataset=folder"]
    for flag in (
        "image_dir",
        "label_dir",
        "instance_dir",
        "val_image_dir",
        "val_label_dir",
        "val_instance_dir",
        "class_names",
    ):
        if values[flag].value is not None:
            lines.append(f"--{flag}={values[flag].value}")
    if report.colors:
        lines += _color_flags(values, report)
    else:
        lines += _id_flags(values, report.ids)
    if values.pairing != "stem":
        lines.append(f"--pairing={values.pairing}")
    return lines + _size_flags(values, report)


def _id_flags(values, ids):
    num_classes, ignore_label = values.num_classes, values.ignore_label
    real = [raw for raw in ids if raw != ignore_label]
    if ignore_label is None and num_classes is None:
        # A lone void id far above the others.
        if len(ids) > 1 and ids[-1] in _VOID_IDS and ids[-2] < ids[-1] - 1:
            ignore_label, real = ids[-1], ids[:-1]
    elif ignore_label is None:
        beyond = [raw for raw in ids if raw >= num_classes]
        if len(beyond) == 1:
            ignore_label = beyond[0]
            real = [raw for raw in ids if raw != ignore_label]
    needed = max(real, default=0) + 1
    lines = [f"--num_classes={max(num_classes or 0, needed)}"]
    if ignore_label is not None:
        lines.append(f"--ignore_label={ignore_label}")
    return lines


def _color_flags(values, report):
    if values.palette not in (None, "detect"):
        lines = [f"--palette={values.palette}"]
        if values.num_classes is not None:
            lines.append(f"--num_classes={values.num_classes}")
        if values.ignore_label is not None:
            lines.append(f"--ignore_label={values.ignore_label}")
        return lines
    colors = report.colors
    path = values.write_palette
    if path is None:
        return ["--palette=detect", f"--num_classes={len(colors)}"]
    names = [f"class {index}" for index in range(len(colors))]
    write_palette(path, np.array(colors), names)
    return [
        f"--palette={os.path.abspath(path)}",
        f"--num_classes={len(colors)}",
    ]


def _size_flags(values, report):
    if values.image_size is not None:
        lines = [f"--image_size={values.image_size}"]
        if values.load_size is not None:
            lines.append(f"--load_size={values.load_size}")
        if values.preprocess_mode is not None:
            lines.append(f"--preprocess_mode={values.preprocess_mode}")
        return lines
    if not report.sizes:
        return []
    (height, width), _ = report.sizes.most_common(1)[0]
    # Sides that every generator can make, with the usual shape of the files.
    scale = min(1.0, 256 / max(height, width))
    sides = [max(32, round(side * scale / 32) * 32) for side in (height, width)]
    return [f"--image_size={sides[0]}x{sides[1]}"]
