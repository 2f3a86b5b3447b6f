"""Colours of classes: for display, and in label files that are RGB."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np

from keras_semsynth.files import atomic


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
    codes = color_codes(np.asarray(values))
    known, first = np.unique(color_codes(palette), return_index=True)
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[place] == codes, first[place], -1)


def grey_values(rgb: np.ndarray) -> np.ndarray | None:
    """Returns one channel if all three are equal, else `None`."""
    first = rgb[..., 0]
    if (first == rgb[..., 1]).all() and (first == rgb[..., 2]).all():
        return first
    return None


def nearest_colors(
    values: np.ndarray, palette: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Finds for colours the nearest ones of a palette.

    Args:
        values: uint8 array `(count, 3)`, RGB.
        palette: uint8 array `(num_colors, 3)`.

    Returns:
        Tuple of two arrays `(count,)`: the place of the nearest colour, and
        the distance to it (Euclidean, in RGB).
    """
    values, palette = values.astype("float32"), palette.astype("float32")
    # Squares below 2**24 are exact in float32. Parts bound the memory.
    places, distances = [], []
    for part in np.array_split(values, len(values) // 8192 + 1):
        squares = (
            (part**2).sum(1)[:, None]
            + (palette**2).sum(1)
            - 2 * part @ palette.T
        )
        place = squares.argmin(1)
        places.append(place)
        distances.append(np.sqrt(squares[np.arange(len(part)), place]))
    return np.concatenate(places), np.concatenate(distances)


def color_codes(colors: np.ndarray) -> np.ndarray:
    """Turns colours `(..., 3)` into one number each."""
    red, green, blue = np.moveaxis(colors.astype("int32"), -1, 0)
    return (red << 16) | (green << 8) | blue


def colors_of_codes(codes: np.ndarray) -> np.ndarray:
    """Turns numbers `(...)` of `color_codes` back into colours `(..., 3)`."""
    parts = (codes >> 16, codes >> 8 & 255, codes & 255)
    return np.stack(parts, axis=-1).astype("uint8")


def write_palette(
    path: str | os.PathLike, palette: np.ndarray, class_names: Sequence[str]
) -> None:
    """Writes a palette file in the text form of `read_palette`.

    Args:
        path: Path of the file; its folder is made if there is none. A file
            there is replaced.
        palette: `uint8` array `(num_colors, 3)`.
        class_names: Sequence of str, one a colour.
    """
    lines = ["# red green blue name; the first line is id 0"]
    for (red, green, blue), name in zip(palette, class_names, strict=True):
        lines.append(f"{red} {green} {blue} {name}")
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, "\n".join(lines) + "\n")
