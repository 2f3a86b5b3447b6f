"""Label PNGs of every kind, as bytes."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.files import png_files


def grey(ids):
    """8-bit grey, or 16-bit for an array of `uint16`."""
    return png(Image.fromarray(ids))


def small_grey(ids, bits):
    """A grey PNG of 2 or 4 bits a pixel, which Pillow cannot write."""
    pixels = np.unpackbits(ids[..., None], axis=-1)[..., 8 - bits :]
    rows = np.packbits(pixels.reshape(len(ids), -1), axis=-1)
    return png_files.small_grey(bits, rows.tolist(), ids.shape[1])


def indexed(ids, colors=None, bits=8, **options):
    """An indexed PNG; all colours are equal unless given."""
    image = Image.fromarray(ids).convert("P")
    if colors is None:
        colors = np.full((256, 3), 7, "uint8")
    image.putpalette(np.asarray(colors, "uint8").tobytes())
    # `convert` may have sorted them.
    image.putdata(ids.ravel().tolist())
    return png(image, bits=bits, **options)


def color(pixels):
    """RGB or RGBA."""
    return png(Image.fromarray(pixels))


def png(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def header(height, width):
    """A PNG that promises a size and holds nothing."""
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + content
    return start + struct.pack(">I", zlib.crc32(content))
