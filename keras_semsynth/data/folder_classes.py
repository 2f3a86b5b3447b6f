"""Finds out the classes of a user's own label maps."""

import logging
import os
from collections.abc import Sequence

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.label_colors import detect_colors
from keras_semsynth.data.label_colors import embedded_palette
from keras_semsynth.data.label_colors import reads_colors
from keras_semsynth.data.label_rule import VALUES
from keras_semsynth.data.label_rule import Advice
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.palette_files import read_palette
from keras_semsynth.data.palettes import generate_palette
from keras_semsynth.files.listing import read_lines

ADVICE = Advice(
    ids="semsynth check_data reads all files and says which `num_classes`, "
    "`ignore_label` or `label_ids` they need",
    color="add it to the file given as `palette`, save the layout without "
    "smoothing or lossy compression, or set a `palette_tolerance`",
    colors="give the colours of the classes as `palette=FILE` (lines 'red "
    "green blue name'; semsynth check_data writes one) or `palette=detect`",
)


def find_classes(
    label_files: Sequence[str],
    num_classes: int | None = None,
    ignore_label: int | None = None,
    label_ids: Sequence[int] | None = None,
    palette: str | os.PathLike | None = None,
    palette_tolerance: int = 0,
    class_names: str | os.PathLike | Sequence[str] | None = None,
) -> Classes:
    """Finds out the classes of label maps.

    Args:
        label_files: Sequence of paths. All of them decide whether they are
            read by colour.
        num_classes: int or `None`. Number of classes, the ignored one not
            counted. Defaults to the length of `label_ids` or of the palette,
            if there is one.
        ignore_label: int or `None`. Value that means "not labelled".
            Defaults to `None`.
        label_ids: Sequence of int or `None`. The values that are the classes,
            in order. Defaults to 0, 1, 2, ... without `ignore_label`.
        palette: str or `None`. Palette file, or `"detect"`. Defaults to
            `None`.
        palette_tolerance: int. How far a colour may be from that of the
            palette that it counts as. Defaults to `0`.
        class_names: str, sequence of str or `None`. Defaults to the names of
            the palette.

    Returns:
        `Classes`.

    Raises:
        ValueError: If the number of classes is not to be found out, or the
            arguments do not fit each other or the files.
    """
    _check_arguments(
        num_classes, ignore_label, label_ids, palette, palette_tolerance
    )
    colors, names = None, []
    by_color = reads_colors(label_files, palette, palette_tolerance)
    if palette not in (None, "detect"):
        colors, names = read_palette(palette)
    elif by_color and label_files:
        colors = detect_colors(label_files, palette_tolerance)
        names = ["#" + bytes(color).hex() for color in colors]
        logging.info(
            "Detected %d colours in the label maps; ids follow the order of "
            "their red, green, blue values.",
            len(colors),
        )
    if label_ids is not None:
        num_classes = len(label_ids)
    elif num_classes is None:
        if colors is None:
            raise ValueError(
                "Dataset 'folder' needs `num_classes`, the number of classes "
                "in the label maps without the ignored one, or their values "
                "as `label_ids`; semsynth check_data finds them."
            )
        num_classes = len(set(range(len(colors))) - {ignore_label})
    rule = LabelRule(
        num_classes,
        ignore_label,
        colors,
        {value: index for index, value in enumerate(label_ids or ())},
        always_colors=by_color,
        palette_tolerance=palette_tolerance,
        advice=ADVICE,
    )
    values = [int(np.argmax(rule.table == i)) for i in range(rule.num_classes)]
    if by_color and colors is not None and max(values) >= len(colors):
        raise ValueError(
            f"Class {np.argmax(values)} of the label maps would be colour "
            f"{max(values)} of the palette, but it has the colours 0 to "
            f"{len(colors) - 1}: correct `num_classes`, `label_ids` or "
            "`ignore_label`, or give a `palette` with more colours."
        )
    unknown = None if ignore_label is None else num_classes
    shown = generate_palette(rule.num_classes, unknown)
    if colors is None and label_files:
        embedded = embedded_palette(label_files[0], values[:num_classes])
        if embedded is not None:
            shown[:num_classes] = embedded
    elif colors is not None:
        for index, value in enumerate(values):
            if value < len(colors):
                shown[index] = colors[value]
    names = [names[v] for v in values[:num_classes] if v < len(names)]
    names = _names(class_names, names, num_classes, unknown)
    return Classes(names, shown, unknown, rule)


def given_names(
    class_names: str | os.PathLike | Sequence[str] | None,
) -> list[str]:
    """Reads the names that were given, as text or as a file.

    Args:
        class_names: See `find_classes`.

    Returns:
        list of str, empty if there are none.
    """
    is_path = isinstance(class_names, (str, os.PathLike))
    if is_path and os.path.isfile(class_names):
        return read_lines(class_names)
    if isinstance(class_names, str):
        return [name.strip() for name in class_names.split(",")]
    return list(class_names or [])


def _check_arguments(
    num_classes, ignore_label, label_ids, palette, palette_tolerance
):
    for name, value, least in (
        ("num_classes", num_classes, 1),
        ("ignore_label", ignore_label, 0),
        ("palette_tolerance", palette_tolerance, 0),
        *(("label_ids", value, 0) for value in label_ids or ()),
    ):
        if value is not None and not least <= value < VALUES:
            raise ValueError(
                f"`{name}` must lie in {least} to {VALUES - 1}. "
                f"Received: {name}={value}."
            )
    if palette_tolerance and palette is None:
        raise ValueError(
            f"`palette_tolerance={palette_tolerance}` needs colours: give "
            "`palette=FILE`, or `palette=detect`."
        )
    if label_ids is None:
        return
    listed = ",".join(str(value) for value in label_ids)
    if not label_ids or len(set(label_ids)) < len(label_ids):
        raise ValueError(
            "`label_ids` must list each value of the label files that is a "
            f"class once. Received: label_ids={listed}."
        )
    if num_classes not in (None, len(label_ids)):
        raise ValueError(
            f"`num_classes={num_classes}`, but `label_ids` lists "
            f"{len(label_ids)} values: leave out one of them."
        )
    if ignore_label in label_ids:
        raise ValueError(
            f"`ignore_label={ignore_label}` is a class of `label_ids={listed}` "
            "too: leave it out of one of them."
        )


def _names(given, from_palette, num_classes, unknown):
    names = given_names(given)
    total = num_classes + (unknown is not None)
    if names and len(names) not in (num_classes, total):
        raise ValueError(
            f"`class_names` lists {len(names)} names, but there are "
            f"{num_classes} classes; give one name for each, in the order of "
            "the ids."
        )
    names = names or from_palette
    names += [f"class {i}" for i in range(len(names), num_classes)]
    if unknown is not None and len(names) == num_classes:
        names.append("unknown")
    return names
