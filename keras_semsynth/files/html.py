"""HTML pages of one file, made from templates that escape what they show."""

import base64
import os
import pathlib
from typing import Any

import jinja2

from keras_semsynth.files import atomic

_SHARED = pathlib.Path(__file__).parent / "templates"


def render_page(template: str | os.PathLike, **values: Any) -> str:
    """Fills a template in.

    Whatever stands in `{{ }}` is escaped. `{% extends "page.html" %}` gives a
    template the frame that all pages share.

    Args:
        template: Path of a Jinja template.
        **values: What the template reads; a missing one is an error.

    Returns:
        str.
    """
    template = pathlib.Path(template)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, _SHARED]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template.name).render(**values)


def write_page(
    path: str | os.PathLike, template: str | os.PathLike, **values: Any
) -> None:
    """Writes a page atomically.

    Args:
        path: Path of the HTML file.
        template: Path of a Jinja template.
        **values: As for `render_page`.
    """
    atomic.write_text(pathlib.Path(path), render_page(template, **values))


def image_url(content: bytes, kind: str = "png") -> str:
    """Makes the address of an image that the page itself holds.

    Args:
        content: bytes of an image file.
        kind: `"png"` or `"jpeg"`. Defaults to `"png"`.

    Returns:
        str, `data:image/png;base64,...`.
    """
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
