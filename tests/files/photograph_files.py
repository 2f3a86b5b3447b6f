"""Photographs as cameras and programs may store them."""

import io

import numpy as np
from PIL import Image

from tests.files.png_files import chunk

FOUR = np.array([[0, 80, 160], [240, 40, 200]], "uint8")


def saved(image, kind, **options):
    buffer = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[274] = orientation
    return block.tobytes()


def scene():
    """A photograph of 16x24 pixels whose corners differ."""
    image = np.full((16, 24, 3), 90, "uint8")
    image[:8, :8], image[:8, 16:], image[8:, :8] = 250, 170, 10
    return image


def with_chunk(png, kind, content):
    return png[:33] + chunk(kind, content) + png[33:]
