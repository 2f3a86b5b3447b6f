"""Reads the `dataset.json` of a run or of an exported model."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import CONTENT
from keras_semsynth.files.json_form import NUMBER
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import TRUTH
from keras_semsynth.files.json_form import Form
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import list_of
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.json_form import optional
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.json_form import word

ADVICE = (
    "restore it from a copy, or train again with the same arguments to write "
    "it anew"
)
# Label files have values of 16 bits.
_VALUE = whole(0, 65535)
_SIDE = whole(1, 65536)
_COLORS = list_of(
    list_of(whole(0, 255), 3, "three whole numbers from 0 to 255"),
    words="a list of colours",
)
LABEL_RULE = fields(
    {
        "num_real_classes": whole(1, 65536),
        "ignore_label": optional(_VALUE),
        "colors": optional(_COLORS),
        "id_map": mapping_of(_VALUE),
        "extra_class": TRUTH,
        "always_colors": TRUTH,
        "palette_tolerance": whole(0, 442),
    },
    closed=True,
)
_CLASSES = {
    "num_classes": whole(1, 65536),
    "class_names": list_of(TEXT),
    "palette": _COLORS,
    "unknown_class": optional(_VALUE),
    "label_rule": LABEL_RULE,
}
_DATA = {
    "name": optional(TEXT),
    "paired": TRUTH,
    "use_edge_map": TRUTH,
    "image_size": list_of(_SIDE, 2),
    "train_images": whole(),
}
# What an exported model says of itself besides.
_MODEL = {
    "keras_semsynth": TEXT,
    "model": optional(TEXT),
    "preset": optional(TEXT),
    "dataset": optional(TEXT),
    "generator": TEXT,
    "fixed_size": TRUTH,
    "size_multiple": _SIDE,
    "latent_kind": optional(word("style", "noise")),
    "latent_size": optional(whole(1, 2**31)),
    "latent_by_class": TRUTH,
    "style_encoder": TRUTH,
    "edge_map": TRUTH,
    "signatures": list_of(TEXT),
    "label_png": word("ids", "label_files"),
    "max_pixels": NUMBER,
}
_FORMS = {**_CLASSES, **_DATA, **_MODEL}
# Of a run; of an exported model.
_REQUIRED = {
    "train_images": (*_CLASSES, *_DATA),
    "size_multiple": (
        *_CLASSES,
        *("image_size", "fixed_size", "latent_kind", "latent_size"),
        "style_encoder",
    ),
}


def read_dataset_file(path: str | os.PathLike) -> dict[str, Any]:
    """Reads a `dataset.json`.

    Args:
        path: Path of the file.

    Returns:
        dict. Class names, colours, sizes and the rule of label files fit
        each other.

    Raises:
        FileNotFoundError: If there is no such file.
        JSONError: If it cannot be used.
    """
    return read_json(path, _FILE, ADVICE)


def find_dataset_file(path: str | os.PathLike) -> pathlib.Path | None:
    """Finds the `dataset.json` of a run or of an exported model.

    Args:
        path: Path of a run directory, of a file in it, of an exported folder
            with or without its version, or of a `dataset.json`.

    Returns:
        Path, or `None` if there is none.
    """
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    versions = [p for p in folder.glob("[0-9]*") if p.name.isdecimal()]
    newest = sorted(versions, key=lambda p: int(p.name))[-1:]
    for file in (
        folder / "dataset.json",
        folder / "assets" / "dataset.json",
        *(version / "assets" / "dataset.json" for version in newest),
    ):
        if file.is_file():
            return file
    return None


def check_classes(content: Mapping[str, Any]) -> None:
    """Checks what `Classes.to_json` writes, as far as it is there.

    Args:
        content: Mapping; what else it holds is not checked.

    Raises:
        ValueError: If a value is of another form, or does not fit the others.
    """
    known = {name: content[name] for name in _CLASSES if name in content}
    forms = {name: optional(form) for name, form in _CLASSES.items()}
    fields(forms, ()).check(known, CONTENT)
    _check_numbers(known)


def _check_numbers(content):
    """Checks that there are as many names and colours as classes."""
    names, palette = content.get("class_names"), content.get("palette")
    rule, unknown = content.get("label_rule"), content.get("unknown_class")
    number = content.get("num_classes") or len(names or palette or ())
    found = {"`class_names`": names, "`palette`": palette}
    for place, values in found.items():
        if values is not None and len(values) != number:
            raise ValueError(
                f"{place} must have one entry for each of {number} classes, "
                f"but has {len(values)}"
            )
    if unknown is not None and number and unknown >= number:
        raise ValueError(
            f"`unknown_class` must be below {number}, but is {unknown}"
        )
    if rule is None:
        return
    count = rule["num_real_classes"] + rule["extra_class"]
    if number and count != number:
        raise ValueError(
            f"`label_rule` must be for {number} classes, but is for {count}"
        )
    for value, id in rule["id_map"].items():
        if not (value.isdecimal() and len(value) <= 5 and int(value) < 65536):
            raise ValueError(
                "`id_map` of `label_rule` must map values of label files, 0 "
                f"to 65535, but maps {value[:20]!r}"
            )
        if id >= count:
            raise ValueError(
                "`id_map` of `label_rule` must map to ids below "
                f"{count}, but maps {value} to {id}"
            )


def _check_file(content, place):
    required = dict.fromkeys(_CLASSES)
    for name, others in _REQUIRED.items():
        if name in content:
            required |= dict.fromkeys(others)
    fields(_FORMS, required).check(content, place)
    _check_numbers(content)


_FILE = Form("an object", lambda value: isinstance(value, dict), _check_file)
