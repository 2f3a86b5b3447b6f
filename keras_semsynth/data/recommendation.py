"""Arguments that suit a folder of label maps."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_semsynth.data.data_report import DataReport
from keras_semsynth.data.palettes import write_palette

# Ids that other tools use for "not labelled".
_VOID_IDS = (255, 65535)
_KEPT = (
    "image_dir",
    "label_dir",
    "instance_dir",
    "val_image_dir",
    "val_label_dir",
    "val_instance_dir",
    "class_names",
    "image_prefix",
    "image_suffix",
    "label_prefix",
    "label_suffix",
    "instance_prefix",
    "instance_suffix",
)


def recommend(
    arguments: Mapping[str, Any],
    report: DataReport,
    palette_file: str | None = None,
) -> dict[str, Any]:
    """Recommends arguments for a folder of label maps.

    Args:
        arguments: Mapping of the arguments that were given.
        report: `DataReport` after its scan.
        palette_file: str or `None`. File to write detected colours to.
            Defaults to `None`.

    Returns:
        dict, argument of `find` or `make_preprocessing` -> value.
    """
    found = {name: arguments[name] for name in _KEPT if name in arguments}
    if report.colors:
        found |= _for_colors(arguments, report.colors, palette_file)
    else:
        found |= _for_ids(arguments, report.ids)
    if "pairing" in arguments:
        found["pairing"] = arguments["pairing"]
    return found | _sizes(arguments, report)


def _for_ids(arguments, ids):
    num_classes = arguments.get("num_classes")
    ignore_label = arguments.get("ignore_label")
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
    found = {"num_classes": max(num_classes or 0, needed)}
    if ignore_label is not None:
        found["ignore_label"] = ignore_label
    return found


def _for_colors(arguments, colors, palette_file):
    if arguments.get("palette") not in (None, "detect"):
        names = ("palette", "num_classes", "ignore_label")
        return {name: arguments[name] for name in names if name in arguments}
    palette = "detect"
    if palette_file is not None:
        names = [f"class {index}" for index in range(len(colors))]
        write_palette(palette_file, np.array(colors), names)
        palette = os.path.abspath(palette_file)
    return {"palette": palette, "num_classes": len(colors)}


def _sizes(arguments, report):
    if arguments.get("image_size") is not None:
        names = ("image_size", "load_size", "preprocess_mode")
        return {name: arguments[name] for name in names if name in arguments}
    if not report.sizes:
        return {}
    (height, width), _ = report.sizes.most_common(1)[0]
    # Sides that every generator can make, with the usual shape of the files.
    scale = min(1.0, 256 / max(height, width))
    sides = (max(32, round(side * scale / 32) * 32) for side in (height, width))
    return {"image_size": tuple(sides)}
