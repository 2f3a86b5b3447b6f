"""A page of pictures in one HTML file, and the pictures beside it."""

import base64
import dataclasses
import html
import io
import pathlib

import numpy as np
from PIL import Image

from keras_semsynth.files import atomic

PAGE_NAME = "index.html"
# Smaller pictures are enlarged by the browser, pixel by pixel.
LEAST_HEIGHT = 128

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 84rem; padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
h2 { border-top: 1px solid #8886; margin-top: 2.5rem; padding-top: 1.5rem; }
p, li { max-width: 48rem; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
.row > figure { margin: 0; }
figcaption { color: #777; font-size: .8rem; line-height: 1.3;
  overflow-wrap: anywhere; }
img { display: block; image-rendering: pixelated; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
table { border-collapse: collapse; font-size: .8rem; margin: 1rem 0; }
th, td { padding: .2rem .45rem; text-align: right; }
.facts th, .facts td { border-bottom: 1px solid #8884; text-align: left; }
.matrix td { color: #111; }
.matrix thead th { text-align: left; vertical-align: bottom;
  writing-mode: vertical-rl; }
"""


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


def write_page(folder, title, facts, sections):
    """Writes the page `index.html` and every picture as a PNG file.

    The page holds its pictures itself: it can be sent and kept alone.

    Args:
        folder: Path; made if it does not exist.
        title: str.
        facts: dict of str to str, a table on top.
        sections: List of `Section`.

    Returns:
        Path of the page.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for section in sections:
        for _, figures in section.rows:
            for figure in figures:
                with atomic.atomic_path(folder / f"{figure.name}.png") as path:
                    path.write_bytes(_png(figure.image))
    rows = "".join(
        f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>"
        for name, value in facts.items()
    )
    content = "\n".join(_section(section) for section in sections)
    atomic.write_text(
        folder / PAGE_NAME,
        f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{_text(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{_text(title)}</h1>
<table class="facts">{rows}</table>
{content}
</body>
</html>
""",
    )
    return folder / PAGE_NAME


def _section(section):
    parts = [f"<h2>{_text(section.title)}</h2>"]
    parts += [f"<p>{_text(text)}</p>" for text in section.paragraphs]
    for heading, figures in section.rows:
        if heading:
            parts.append(f"<h3>{_text(heading)}</h3>")
        inside = "".join(_figure(figure) for figure in figures)
        parts.append(f'<div class="row">{inside}</div>')
    parts += [_matrix(*matrix) for matrix in section.matrices]
    return "\n".join(parts)


def _figure(figure):
    height, width = figure.image.shape[:2]
    factor = max(1, -(-LEAST_HEIGHT // height))
    data = base64.b64encode(_png(figure.image)).decode("ascii")
    room = max(factor * width, 96)  # for the caption
    return (
        f'<figure style="width:{room}px">'
        f'<img src="data:image/png;base64,{data}" '
        f'alt="{_text(figure.caption)}" width="{factor * width}" '
        f'height="{factor * height}">'
        f"<figcaption>{_text(figure.caption)}</figcaption></figure>"
    )


def _matrix(heading, names, values, colors):
    head = "".join(f"<th>{_text(name)}</th>" for name in names)
    body = ""
    for name, row, shades in zip(names, values, colors, strict=True):
        cells = "".join(
            f'<td style="background:rgb({r},{g},{b})">{value:.2f}</td>'
            for value, (r, g, b) in zip(row, shades, strict=True)
        )
        body += f"<tr><th>{_text(name)}</th>{cells}</tr>"
    return (
        f'<h3>{_text(heading)}</h3><table class="matrix"><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _png(image):
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, format="PNG")
    return buffer.getvalue()


def _text(text):
    return html.escape(str(text))
