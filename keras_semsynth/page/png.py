"""Reads PNG files from strangers: the header is judged before any pixel."""

import io
import struct
import warnings
import zlib

import numpy as np
from PIL import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Colour type -> bit depths, from the specification.
_DEPTHS = {
    0: (1, 2, 4, 8, 16),
    2: (8, 16),
    3: (1, 2, 4, 8),
    4: (8, 16),
    6: (8, 16),
}
_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")


class BadImage(ValueError):
    """The bytes are no image that is accepted here."""


class TooManyPixels(BadImage):
    """The header announces more pixels than are accepted."""


def read_values(data, max_pixels):
    """Decodes a label PNG.

    Args:
        data: bytes.
        max_pixels: int. More pixels are refused before decoding.

    Returns:
        Integer array `(height, width)` of indices or grey values, or `uint8`
        array `(height, width, 3)` of colours.

    Raises:
        BadImage: If it is no PNG, is damaged or too large.
    """
    depth, color_type, data = _checked(data, max_pixels)
    if color_type in (2, 6) and depth == 16:
        raise BadImage(
            "The PNG has 16-bit colours, which are no class colours: save the "
            "layout as indexed or grey PNG."
        )
    image = _decode(data, ("PNG",))
    if color_type in (2, 6):
        return np.asarray(image.convert("RGB"))
    if color_type == 4:
        image = image.getchannel("L")
    values = np.asarray(image)
    if values.dtype == bool:
        return values.astype("uint8")
    if color_type == 0 and depth in (2, 4):
        # Pillow spreads small grey depths over 0 to 255.
        values = values // (255 // (2**depth - 1))
    return values


def read_photograph(data, max_pixels):
    """Decodes a PNG or JPEG photograph.

    Args:
        data: bytes.
        max_pixels: int. More pixels are refused before decoding.

    Returns:
        `uint8` array `(height, width, 3)`, RGB.

    Raises:
        BadImage: If it is no such image, is damaged or too large.
    """
    if data.startswith(_SIGNATURE):
        _, _, data = _checked(data, max_pixels)
    elif not data.startswith(b"\xff\xd8\xff"):
        raise BadImage("The photograph must be a PNG or JPEG file.")
    image = _decode(data, ("PNG", "JPEG"), max_pixels)
    return np.asarray(image.convert("RGB"))


def write_image(image):
    """Encodes a `uint8` array `(height, width, 3)` or `(height, width)`."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", compress_level=4)
    return buffer.getvalue()


def check_size(width, height, max_pixels):
    """Raises `TooManyPixels` for a size that is not accepted."""
    if width * height > max_pixels:
        raise TooManyPixels(
            f"The image has {width} x {height} pixels, but at most "
            f"{max_pixels} are accepted here: make it smaller."
        )


def _checked(data, max_pixels):
    """Returns depth, colour type and the PNG without what is not needed."""
    header = data[: len(_SIGNATURE) + 25]
    if not header.startswith(_SIGNATURE):
        raise BadImage("The layout must be a PNG file.")
    if len(header) < 33 or header[8:16] != b"\0\0\0\rIHDR":
        raise BadImage("The PNG is damaged: its header is missing.")
    width, height, depth, color_type, *rest = struct.unpack(
        ">IIBBBBB", header[16:29]
    )
    if not 0 < width < 2**31 or not 0 < height < 2**31:
        raise BadImage("The PNG is damaged: its header has no size.")
    if depth not in _DEPTHS.get(color_type, ()) or rest[2] > 1:
        raise BadImage("The PNG is damaged: its header is not valid.")
    check_size(width, height, max_pixels)
    return depth, color_type, _strip(data)


def _strip(data):
    # Compressed profiles, texts and animations of a file are never unpacked.
    kept = [_SIGNATURE]
    position = len(_SIGNATURE)
    while position + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        end = position + 12 + length
        chunk = data[position:end]
        if end > len(data):
            break
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise BadImage("The PNG is damaged: a checksum is wrong.")
        if kind in _NEEDED:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        position = end
    raise BadImage("The PNG is damaged: its end is missing.")


def _decode(data, formats, max_pixels=None):
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images; the size is checked here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
            if max_pixels is not None:
                check_size(*image.size, max_pixels)
            image.load()
    except BadImage:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        zlib.error,
        struct.error,
        Image.DecompressionBombError,
    ) as error:
        raise BadImage(f"The image is damaged ({error}).") from error
    return image
