"""Finds out the classes of a user's own label maps."""

import logging
import os
from collections.abc import Iterable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.label_rule import VALUES
from keras_semsynth.data.label_rule import Advice
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.palettes import generate_palette
from keras_semsynth.data.palettes import grey_values
from keras_semsynth.data.palettes import read_palette
from keras_semsynth.files.images import open_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import read_lines

MAX_DETECTED_COLORS = 1024
_COLORS_ADVICE = {
    "color": "add it to the file given as `palette`, or save the layout "
    "without smoothing or lossy compression",
    "colors": "give the colours of the classes as `palette=FILE` (lines 'red "
    "green blue name'; semsynth check_data writes one) or `palette=detect`",
}


def find_classes(
    label_dirs: Sequence[str],
    num_classes: int | None = None,
    ignore_label: int | None = None,
    palette: str | None = None,
    class_names: str | Sequence[str] | None = None,
) -> Classes:
    """Finds out the classes of folders of label maps.

    Args:
        label_dirs: Sequence of folders. Their first file decides whether all
            are read by colour.
        num_classes: int or `None`. Number of classes, the ignored one not
            counted. Defaults to the length of the palette, if there is one.
        ignore_label: int or `None`. Value that means "not labelled".
            Defaults to `None`.
        palette: str or `None`. Palette file, or `"detect"`. Defaults to
            `None`.
        class_names: str, sequence of str or `None`. Defaults to the names of
            the palette.

    Returns:
        `Classes`.

    Raises:
        ValueError: If the number of classes is not to be found out, or the
            arguments do not fit the files.
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
                "Dataset 'folder' needs `num_classes`, the number of classes "
                "in the label maps without the ignored one; semsynth "
                "check_data counts them."
            )
        num_classes = len(colors) - (ignore_label == len(colors) - 1)
    for name, value in (
        ("num_classes", num_classes),
        ("ignore_label", ignore_label),
    ):
        least = 1 if name == "num_classes" else 0
        if value is not None and not least <= value < VALUES:
            raise ValueError(
                f"`{name}` must lie in {least} to {VALUES - 1}. "
                f"Received: {name}={value}."
            )
    raise_it = "raise `num_classes` to {needed}"
    if ignore_label is None:
        raise_it += ", or set `ignore_label={id}` if it means 'not labelled'"
    rule = LabelRule(
        num_classes,
        ignore_label,
        colors,
        always_colors=by_color,
        advice=Advice(ids=raise_it, **_COLORS_ADVICE),
    )
    unknown = None if ignore_label is None else num_classes
    shown = generate_palette(rule.num_classes, unknown)
    if colors is None and files:
        colors = embedded_palette(files[0], num_classes)
    if colors is not None:
        shown[: min(num_classes, len(colors))] = colors[:num_classes]
        if ignore_label is not None and ignore_label < len(colors):
            shown[unknown] = colors[ignore_label]
    names = _names(class_names, names, num_classes, unknown)
    return Classes(names, shown, unknown, rule)


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
                "check `label_dir`."
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
                    "with loss; give the true colours as `palette=FILE`."
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
            f"`class_names` lists {len(names)} names, but there are "
            f"{num_classes} classes; give one name for each, in the order of "
            "the ids."
        )
    names = names if given else names[:num_classes]
    names += [f"class {i}" for i in range(len(names), num_classes)]
    if unknown is not None and len(names) == num_classes:
        names.append("unknown")
    return names
