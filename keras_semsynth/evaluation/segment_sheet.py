"""A picture of photographs, their label maps and what the colours mean."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL import ImageDraw

from keras_semsynth.data import Classes
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import resize_pictures

SIDE = 256
LINE = 18
SWATCH = 12


def draw_sheet(
    photographs: Sequence[np.ndarray],
    label_maps: Sequence[np.ndarray],
    classes: Classes,
) -> np.ndarray:
    """Draws photographs beside their label maps and the classes in them.

    Args:
        photographs: Sequence of uint8 arrays `(height, width, 3)` of any
            sizes.
        label_maps: Sequence of integer arrays `(height, width)`, as many.
        classes: `Classes`.

    Returns:
        `uint8` array `(grid height, grid width, 3)`.
    """
    columns = [[], [], []]
    for photograph, label_map in zip(photographs, label_maps, strict=True):
        height, width = photograph.shape[:2]
        factor = SIDE / max(height, width)
        size = max(1, round(height * factor)), max(1, round(width * factor))
        small = resize_nearest(label_map, size)
        columns[0].append(_framed(resize_pictures(photograph[None], size)[0]))
        columns[1].append(_framed(classes.colors(small)))
        columns[2].append(_legend(label_map, classes))
    return draw_grid(
        [np.stack(column) for column in columns],
        ("photograph", "label map", "classes"),
    )


def _framed(picture):
    """Puts a picture into the middle of a white square."""
    cell = np.full((SIDE, SIDE, 3), 255, "uint8")
    top, left = ((SIDE - side) // 2 for side in picture.shape[:2])
    cell[top : top + len(picture), left : left + picture.shape[1]] = picture
    return cell


def _legend(label_map, classes):
    """Draws the largest classes of a label map with their shares."""
    ids, counts = np.unique(label_map, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    rows = SIDE // LINE
    shown = order if len(order) <= rows else order[: rows - 1]
    cell = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(cell)
    for row, place in enumerate(shown):
        top = row * LINE + (LINE - SWATCH) // 2
        color = tuple(int(value) for value in classes.palette[ids[place]])
        pen.rectangle((0, top, SWATCH, top + SWATCH), color, "black")
        share = 100 * counts[place] / label_map.size
        share = "< 0.1" if share < 0.1 else f"{share:.1f}"
        text = f"{share:>5} %  {classes.names[ids[place]]}"
        pen.text((SWATCH + 6, top), text, fill="black")
    if len(shown) < len(order):
        more = f"and {len(order) - len(shown)} smaller ones"
        pen.text((SWATCH + 6, (rows - 1) * LINE + 3), more, fill="black")
    return np.asarray(cell)
