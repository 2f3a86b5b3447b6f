"""From tensors to pictures a person can look at."""

import io
import os
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL import ImageDraw

from keras_semsynth.files import atomic
from keras_semsynth.files import own_pictures
from keras_semsynth.files.image_resizing import resize_image

GAP = 4
HEADING_HEIGHT = 14
LEAST_CELL_HEIGHT = 128


def to_uint8(images: np.ndarray, rounding: str = "nearest") -> np.ndarray:
    """Turns images in `[-1, 1]` into 8-bit images.

    Args:
        images: Float array in `[-1, 1]`.
        rounding: `"nearest"`, or `"truncate"` as the official programs of
            the SPADE family export. Defaults to `"nearest"`.

    Returns:
        `uint8` array of the same shape.
    """
    if rounding not in ("nearest", "truncate"):
        raise ValueError(
            "`rounding` must be 'nearest' or 'truncate'. "
            f"Received: rounding={rounding!r}."
        )
    levels = (np.asarray(images, dtype="float32") + 1) * 127.5
    if rounding == "nearest":
        levels = np.rint(levels)
    return np.clip(levels, 0, 255).astype("uint8")


def resize_pictures(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Brings 8-bit images to a size, by the bicubic rule.

    Args:
        images: `uint8` array `(count, height, width, 3)`. Images of that size
            already stay as they are.
        size: `(height, width)` in pixels.

    Returns:
        `uint8` array `(count, *size, 3)`.
    """
    if images.shape[1:3] == tuple(size):
        return images
    bicubic = Image.Resampling.BICUBIC
    return np.stack(
        [
            np.asarray(resize_image(Image.fromarray(image), size, bicubic))
            for image in images
        ]
    )


def draw_grid(
    columns: Sequence[np.ndarray],
    headings: Sequence[str],
    rows_per_block: int = 4,
) -> np.ndarray:
    """Arranges equally many images of several kinds in labelled columns.

    More than `rows_per_block` samples continue in a block to the right.
    Small images are enlarged by a whole factor.

    Args:
        columns: List of `uint8` arrays `(count, height, width, 3)`.
        headings: List of str, one a column.
        rows_per_block: int. Defaults to `4`.

    Returns:
        `uint8` array `(grid height, grid width, 3)`.
    """
    count, height, width = columns[0].shape[:3]
    factor = max(1, -(-LEAST_CELL_HEIGHT // height))
    height, width = height * factor, width * factor
    rows = min(count, rows_per_block)
    blocks = -(-count // rows)
    block_width = len(columns) * (width + GAP) + GAP
    grid = Image.new(
        "RGB",
        (blocks * block_width, HEADING_HEIGHT + rows * (height + GAP)),
        "white",
    )
    pen = ImageDraw.Draw(grid)
    for block in range(blocks):
        for column, heading in enumerate(map(_printable, headings)):
            left = block * block_width + column * (width + GAP) + GAP
            pen.text((left, 1), heading, fill="black")
            for row in range(rows):
                index = block * rows + row
                if index == count:
                    break
                cell = Image.fromarray(columns[column][index]).resize(
                    (width, height), Image.Resampling.NEAREST
                )
                grid.paste(cell, (left, HEADING_HEIGHT + row * (height + GAP)))
    return np.asarray(grid)


def _printable(heading):
    """A heading on one line; names of files can be bytes that are no text."""
    text = heading.encode("utf-8", "backslashreplace").decode()
    return " ".join(text.split())


def draw_matrix(
    cells: Sequence[Sequence[np.ndarray]],
    left: Sequence[np.ndarray],
    top: Sequence[np.ndarray],
    corner: tuple[str, str],
) -> np.ndarray:
    """Arranges images that two pictures each have made in a table.

    The table has the pictures of `left` before its rows and those of `top`
    above its columns. Images fill cells of one size without distortion; small
    ones are enlarged by a whole factor.

    Args:
        cells: Sequence of rows, each a sequence of `uint8` arrays
            `(height, width, 3)`, one for each picture of `top`.
        left: Sequence of `uint8` arrays `(height, width, 3)`, one a row.
        top: Sequence of `uint8` arrays `(height, width, 3)`, one a column.
        corner: Pair of str. What the pictures of `left` and of `top` are.

    Returns:
        `uint8` array `(height, width, 3)`.

    Example:

    >>> table = draw_matrix(cells, layouts, styles, ("layout", "style"))
    """
    made = [cell for row in cells for cell in row]
    height, width = (max(cell.shape[i] for cell in made) for i in (0, 1))
    factor = max(1, -(-LEAST_CELL_HEIGHT // height))
    size = (height * factor, width * factor)
    # The margin that sets the given pictures apart from the images.
    margin = 3 * GAP
    table = Image.new(
        "RGB",
        (
            (len(top) + 1) * (size[1] + GAP) + margin,
            (len(left) + 1) * (size[0] + GAP) + margin,
        ),
        "white",
    )
    pen = ImageDraw.Draw(table)
    bottom = size[0] - HEADING_HEIGHT
    pen.text((GAP, bottom), f"{corner[0]} (rows)", fill="black")
    pen.text(
        (size[1] - GAP, GAP),
        f"{corner[1]} (columns)",
        fill="black",
        anchor="ra",
    )
    for row, pictures in enumerate([top, *cells]):
        y = row * (size[0] + GAP) + (margin if row else 0)
        if row:
            picture = fit_picture(left[row - 1], size)
            table.paste(Image.fromarray(picture), (0, y))
        for column, picture in enumerate(pictures, start=1):
            x = column * (size[1] + GAP) + margin
            table.paste(Image.fromarray(fit_picture(picture, size)), (x, y))
    return np.asarray(table)


def fit_picture(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Makes a picture as large as it can be in a white cell, in its middle.

    Args:
        picture: `uint8` array `(height, width, 3)`.
        size: `(height, width)` of the cell in pixels.

    Returns:
        `uint8` array `(*size, 3)`.
    """
    factor = min(
        side / own for side, own in zip(size, picture.shape, strict=False)
    )
    own = tuple(max(1, round(side * factor)) for side in picture.shape[:2])
    image = Image.fromarray(picture)
    if factor == int(factor):
        image = image.resize(own[::-1], Image.Resampling.NEAREST)
    else:
        image = resize_image(image, own, Image.Resampling.BICUBIC)
    cell = Image.new("RGB", size[::-1], "white")
    cell.paste(
        image, tuple((b - a) // 2 for a, b in zip(own, size, strict=True))[::-1]
    )
    return np.asarray(cell)


def write_png(path: str | os.PathLike, picture: np.ndarray) -> None:
    """Writes a picture or a map of numbers, whole or not at all.

    Args:
        path: Path of the file; its folder is made if there is none.
        picture: `uint8` array `(height, width, 3)`, which gets the mark of
            `own_pictures`, or `uint8` or `uint16` array `(height, width)`,
            such as a label map.
    """
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG")
    content = file.getvalue()
    if picture.ndim == 3:
        content = own_pictures.mark(content)
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.atomic_path(path) as temporary:
        temporary.write_bytes(content)
