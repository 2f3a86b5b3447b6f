"""A page of pictures in one HTML file, and the pictures beside it."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.files import atomic
from keras_semsynth.files import html
from keras_semsynth.files.images import encode_png
from keras_semsynth.files.own_pictures import is_marked
from keras_semsynth.files.pictures import write_png

PAGE_NAME = "index.html"
# Smaller pictures are enlarged by the browser, pixel by pixel.
LEAST_HEIGHT = 128

_TEMPLATE = pathlib.Path(__file__).parent / "templates/explanation.html"


@dataclasses.dataclass(frozen=True)
class Figure:
    """One picture.

    Attributes:
        name: str. File name without suffix, unique on the page.
        image: `uint8` array `(height, width, 3)`.
        caption: str.
    """

    name: str
    image: np.ndarray
    caption: str


@dataclasses.dataclass
class Section:
    """A part of the page.

    Attributes:
        title: str.
        paragraphs: List of str, plain text.
        rows: List of `(heading, figures)`, the figures a list of `Figure`.
        matrices: List of `(heading, names, values, colors)`: a square table
            with `uint8` colours `(n, n, 3)` behind its values.
    """

    title: str
    paragraphs: list = dataclasses.field(default_factory=list)
    rows: list = dataclasses.field(default_factory=list)
    matrices: list = dataclasses.field(default_factory=list)


def write_page(
    folder: str | os.PathLike,
    title: str,
    facts: Mapping[str, Any],
    sections: Sequence[Section],
) -> pathlib.Path:
    """Writes the page `index.html` and every picture as a PNG file.

    The page holds its pictures itself: it can be sent and kept alone.

    Args:
        folder: Path; made if it does not exist.
        title: str.
        facts: Mapping, name -> what is shown; a table on top.
        sections: Sequence of `Section`.

    Returns:
        Path of the page.

    Raises:
        ValueError: If a picture would replace a file that is none of ours.
    """
    folder = pathlib.Path(folder)
    pictures = {
        folder / f"{figure.name}.png": figure.image
        for section in sections
        for _, figures in section.rows
        for figure in figures
    }
    for path in pictures:
        if path.exists() and not is_marked(path):
            raise ValueError(
                f"{path} exists already and is no picture of an earlier page: "
                "choose another `output`."
            )
    folder.mkdir(parents=True, exist_ok=True)
    atomic.remove_leftovers(folder)
    for path, picture in pictures.items():
        write_png(path, picture)
    html.write_page(
        folder / PAGE_NAME,
        _TEMPLATE,
        title=title,
        facts=facts,
        sections=sections,
        shown_size=_shown_size,
        url_of=lambda figure: html.image_url(encode_png(figure.image)),
    )
    return folder / PAGE_NAME


def _shown_size(figure):
    height, width = figure.image.shape[:2]
    factor = max(1, -(-LEAST_HEIGHT // height))
    return factor * height, factor * width
