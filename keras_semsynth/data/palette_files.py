"""Reads files that list the colours of classes, as many tools write them."""

import codecs
import dataclasses
import os
import pathlib
import re

import numpy as np

from keras_semsynth.files.json_file import MAX_BYTES
from keras_semsynth.files.json_file import parse_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.files.json_form import Form
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import list_of
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.json_form import optional
from keras_semsynth.files.json_form import whole

# Words of a first line that names the columns, as in the CSV files of CamVid.
_COLUMNS = frozenset(
    "r g b a red green blue alpha name names class classes class_name label "
    "labels label_name category id ids index class_id label_id".split()
)
_FORM = "'red green blue name'"
_LONGEST_LINE = 1000
_COLOR = list_of(whole(-(2**31), 2**31), 3)
_ENTRY = fields(
    {"color": _COLOR, "name": ANYTHING, "id": optional(whole())}, ("color",)
)


def _check_entries(content, place):
    if isinstance(content, dict):
        mapping_of(_COLOR).check(content, place)
    else:
        list_of(_ENTRY).check(content, place)


_JSON = Form("a list or an object", lambda value: True, _check_entries)


@dataclasses.dataclass
class _Row:
    """One colour, and where in the file it stands."""

    place: str
    name: str
    numbers: list[int]
    id: int | None = None


def read_palette(path: str | os.PathLike) -> tuple[np.ndarray, list[str]]:
    """Reads a palette file.

    Text has one line `red green blue name` per class in the order of the ids;
    the name may hold spaces or be absent. Spaces, tabs, commas and semicolons
    separate, `#` starts a comment, a first line may name the columns, and the
    name may come first. If every line has a fourth number, an id from 0 on
    without gaps, the ids give the order. JSON is a list of
    `{"color": [r, g, b], "name": "sky"}`, likewise perhaps with `"id"`, or an
    object `{"sky": [r, g, b], ...}`.

    Args:
        path: Path.

    Returns:
        Tuple of a uint8 array `(num_colors, 3)` and the list of names.

    Raises:
        ValueError: If a line cannot be understood, or a colour is there twice.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise ValueError(
            f"The palette file {path} does not exist; give an existing file "
            f"with lines {_FORM} as `palette`."
        )
    text = _read_text(path)
    if text.lstrip()[:1] in ("[", "{"):
        rows = _json_rows(path, text)
    else:
        rows = _text_rows(path, text)
    if not rows:
        raise ValueError(f"The palette file {path} holds no colours.")
    rows = _in_order(path, rows)
    for index, row in enumerate(rows):
        row.name = row.name or f"class {index}"
    _check_colors(path, rows)
    colors = np.array([row.numbers for row in rows], "uint8")
    return colors, [row.name for row in rows]


def _read_text(path):
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(
            f"{path} is longer than any palette file: give a file with lines "
            f"{_FORM} as `palette`."
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # What Windows calls "Unicode".
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def _text_rows(path, text):
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip(" \t,;")
        if not line:
            continue
        words = re.split(r"[\s,;]+", line.lower())
        if not rows and len(words) > 1 and _COLUMNS.issuperset(words):
            continue
        row = None
        if len(line) <= _LONGEST_LINE:
            row = _row_of_line(line)
        if row is None:
            raise ValueError(
                f"{path}, line {number}: expected {_FORM}, received "
                f"{line[:80]!r}."
            )
        row.place = f"line {number}"
        rows.append(row)
    with_four = sum(len(row.numbers) == 4 for row in rows)
    if with_four == len(rows):
        return [_take_id(path, row, rows) for row in rows]
    for row in rows:
        if len(row.numbers) == 4:
            # The name begins with a number, e.g. "2 lane road".
            row.name = f"{row.numbers.pop()} {row.name}".strip()
    return rows


def _row_of_line(line):
    """Finds three or four numbers and a name, or returns `None`."""
    number, gap = r"(-?\d{1,18})", r"[\s,;]+"
    # (red green blue | id red green blue) [name]
    match = re.fullmatch(
        gap.join([number] * 3) + f"(?:{gap}{number})?(?:{gap}(.*))?", line
    )
    if match:
        *numbers, name = match.groups()
        numbers = [int(n) for n in numbers if n is not None]
        return _Row("", _clean(name or ""), numbers)
    # [id] name red green blue
    match = re.fullmatch(
        f"(?:{number}{gap})?(.*?[^\\s,;\\d].*?){gap}" + gap.join([number] * 3),
        line,
    )
    if match:
        first, name, *numbers = match.groups()
        numbers = [int(n) for n in numbers]
        if first is not None:
            numbers.insert(0, int(first))
        return _Row("", _clean(name), numbers)
    return None


def _clean(name):
    return name.strip().strip("\"'").strip()


def _take_id(path, row, rows):
    """Splits four numbers into an id and a colour."""
    expected = list(range(len(rows)))
    for column, rest in ((0, slice(1, 4)), (3, slice(0, 3))):
        if sorted(r.numbers[column] for r in rows) == expected:
            return _Row(
                row.place, row.name, row.numbers[rest], row.numbers[column]
            )
    raise ValueError(
        f"Every line of {path} has four numbers, but the first ones are not "
        f"the ids 0 to {len(rows) - 1}, each once; write lines {_FORM} in the "
        "order of the ids."
    )


def _json_rows(path, text):
    content = parse_json(
        text.encode(),
        path,
        _JSON,
        'give a JSON list of {"color": [red, green, blue], "name": "sky"}, or '
        'an object {"sky": [red, green, blue]}',
    )
    if isinstance(content, dict):
        content = [
            {"color": color, "name": name} for name, color in content.items()
        ]
    return [
        _Row(
            f"entry {number}",
            str(entry.get("name", "")),
            entry["color"],
            entry.get("id"),
        )
        for number, entry in enumerate(content, 1)
    ]


def _in_order(path, rows):
    """Sorts by ids, if there are any."""
    ids = [row.id for row in rows]
    if all(number is None for number in ids):
        return rows
    if None in ids or sorted(ids) != list(range(len(rows))):
        raise ValueError(
            f"The ids of {path} are not 0 to {len(rows) - 1}, each once; "
            "leave them out and list the classes in the order of the ids."
        )
    return sorted(rows, key=lambda row: row.id)


def _check_colors(path, rows):
    seen = {}
    for row in rows:
        color = tuple(row.numbers)
        shown = " ".join(str(value) for value in color)
        if min(color) < 0 or max(color) > 255:
            wrong = "below 0" if min(color) < 0 else "above 255"
            raise ValueError(
                f"{path}, {row.place}: the colour {shown} of {row.name!r} has "
                f"values {wrong}; give three numbers from 0 to 255."
            )
        if color in seen:
            first = seen[color]
            raise ValueError(
                f"{path}, {first.place} and {row.place}: {first.name!r} and "
                f"{row.name!r} have the same colour {shown}; give each class "
                "a colour of its own, or remove one line."
            )
        seen[color] = row
