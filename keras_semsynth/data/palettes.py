"""Colours of classes: for display, and in label files that are RGB."""

import json
import pathlib
import re
from collections.abc import Sequence

import numpy as np


def generate_palette(
    num_classes: int, unknown_class: int | None = None
) -> np.ndarray:
    """Generates display colours that differ clearly between neighbours.

    Args:
        num_classes: int.
        unknown_class: int or `None`. This class becomes black. Defaults to
            `None`.

    Returns:
        uint8 array `(num_classes, 3)`; always the same for the same arguments.
    """
    index = np.arange(num_classes)
    # Steps of the golden ratio spread the hues; value and saturation cycle so
    # that classes of similar hue differ in brightness.
    hue = (index * 0.61803398875 + 0.58) % 1.0
    saturation = np.array([0.75, 0.45, 0.95])[index % 3]
    value = np.array([0.9, 0.6, 0.75, 1.0])[(index // 3) % 4]
    ramp = np.abs((hue[:, None] * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    colors = 1 - saturation[:, None] * (1 - np.clip(ramp, 0, 1))
    palette = np.rint(colors * value[:, None] * 255).astype("uint8")
    if unknown_class is not None:
        palette[unknown_class] = 0
    return palette


def find_colors(values: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Finds colours in a palette.

    Args:
        values: uint8 array `(..., 3)`, RGB.
        palette: uint8 array `(num_colors, 3)`.

    Returns:
        int64 array `(...)`: the first place of each colour, -1 where it has
        none.
    """
    codes = _color_codes(np.asarray(values))
    known, first = np.unique(_color_codes(palette), return_index=True)
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[place] == codes, first[place], -1)


def grey_values(rgb: np.ndarray) -> np.ndarray | None:
    """Returns one channel if all three are equal, else `None`."""
    first = rgb[..., 0]
    if (first == rgb[..., 1]).all() and (first == rgb[..., 2]).all():
        return first
    return None


def read_palette(path: str) -> tuple[np.ndarray, list[str]]:
    """Reads a palette file.

    Two forms are understood. Text: one line `red green blue name` per class
    in the order of the ids, `#` starts a comment, the name may hold spaces or
    be absent. JSON: a list of `{"color": [r, g, b], "name": "sky"}` in the
    order of the ids, or an object `{"sky": [r, g, b], ...}` in that order.

    Args:
        path: str.

    Returns:
        Tuple of a uint8 array `(num_colors, 3)` and the list of names.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise ValueError(
            f"The palette file {path} does not exist; give an existing file "
            "with lines 'red green blue name' as `palette`."
        )
    text = path.read_text(encoding="utf-8", errors="replace")
    if text.lstrip()[:1] in "[{" and text.strip():
        rows = _json_rows(path, text)
    else:
        rows = _text_rows(path, text)
    if not rows:
        raise ValueError(f"The palette file {path} holds no colours.")
    colors = np.array([color for color, _ in rows])
    if colors.min() < 0 or colors.max() > 255:
        raise ValueError(f"The palette file {path} has values above 255.")
    return colors.astype("uint8"), [name for _, name in rows]


def write_palette(
    path: str, palette: np.ndarray, class_names: Sequence[str]
) -> None:
    """Writes a palette file in the text form of `read_palette`."""
    lines = ["# red green blue name; the first line is id 0"]
    for (red, green, blue), name in zip(palette, class_names, strict=True):
        lines.append(f"{red} {green} {blue} {name}")
    pathlib.Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _color_codes(colors):
    red, green, blue = np.moveaxis(colors.astype("int32"), -1, 0)
    return (red << 16) | (green << 8) | blue


def _text_rows(path, text):
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        match = re.fullmatch(
            r"(\d+)[\s,;]+(\d+)[\s,;]+(\d+)(?:[\s,;]+(.*))?", line
        )
        if not match:
            raise ValueError(
                f"{path}, line {number}: expected 'red green blue name', "
                f"received {line!r}."
            )
        color = tuple(int(value) for value in match.groups()[:3])
        rows.append((color, match[4] or f"class {len(rows)}"))
    return rows


def _json_rows(path, text):
    try:
        content = json.loads(text)
        if isinstance(content, dict):
            pairs = [(color, name) for name, color in content.items()]
        else:
            pairs = [
                (row["color"], row.get("name", f"class {i}"))
                for i, row in enumerate(content)
            ]
        return [
            ((int(red), int(green), int(blue)), str(name))
            for (red, green, blue), name in pairs
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path}: expected a JSON list of "
            '{"color": [red, green, blue], "name": "sky"} or an object '
            '{"sky": [red, green, blue]}.'
        ) from error
