"""Decodes images from strangers: a header is judged before any pixel."""

import io
import os
import pathlib
import struct
import warnings
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
# What photographs and label maps are kept in; formats that run programs, as
# PostScript does, are not among them.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
# What Pillow allows; a small file can announce far more.
MAX_PIXELS = 178_956_970

_SIGNATURES = {
    PNG_SIGNATURE[:4]: "PNG",
    JPEG_SIGNATURE: "JPEG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"RIFF": "WEBP",
    b"": "another file",  # everything starts so
}
# Colour type -> bit depths, from the specification.
_DEPTHS = {
    0: (1, 2, 4, 8, 16),
    2: (8, 16),
    3: (1, 2, 4, 8),
    4: (8, 16),
    6: (8, 16),
}
_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_GREY_MODES = ("1", "L", "P", "I", "I;16", "I;16L", "I;16B", "I;16N", "LA")
# What a broken or dangerous file makes Pillow raise.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    zlib.error,
    struct.error,
    Image.DecompressionBombError,
)

Source = str | os.PathLike | bytes | bytearray | memoryview


class ImageError(ValueError):
    """Says in one sentence why a file is no image that is accepted."""


class TooManyPixelsError(ImageError):
    """The header announces more pixels than are accepted."""


def open_image(
    source: Source,
    name: str | None = None,
    formats: Sequence[str] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Decodes an image.

    What a PNG carries besides its pixels (profiles, texts, animations) is
    never unpacked.

    Args:
        source: Path or content of a file.
        name: str or `None`. What an error calls it. Defaults to the path, or
            `"the image"`.
        formats: Names of the formats that are accepted, as Pillow has them.
            Defaults to `FORMATS`.
        max_pixels: int. An image of more is refused before it is decoded.
            Defaults to `MAX_PIXELS`.

    Returns:
        `PIL.Image.Image`, loaded.

    Raises:
        ImageError: If there is no such file, it is of another format, damaged
            or too large.
    """
    image, _, name = _open(source, name, formats, max_pixels)
    return _load(image, source, name)


def read_image(
    source: Source,
    name: str | None = None,
    formats: Sequence[str] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> np.ndarray:
    """Decodes a photograph.

    Args:
        source: As for `open_image`; so are the others.
        name: str or `None`.
        formats: Sequence of str or `None`.
        max_pixels: int.

    Returns:
        `uint8` array `(height, width, 3)`, RGB.

    Raises:
        ImageError: As by `open_image`.
    """
    image = open_image(source, name, formats, max_pixels)
    return np.asarray(image.convert("RGB"))


def read_label_values(
    source: Source,
    name: str | None = None,
    formats: Sequence[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    as_colors: bool = False,
) -> np.ndarray:
    """Decodes a label or instance map without giving its values a meaning.

    Args:
        source: As for `open_image`; so are the others.
        name: str or `None`.
        formats: Sequence of str or `None`.
        max_pixels: int.
        as_colors: bool. Turns every file into RGB. Defaults to `False`.

    Returns:
        Integer array `(height, width)` of indices or grey values, or `uint8`
        array `(height, width, 3)` of colours.

    Raises:
        ImageError: As by `open_image`, and if the file cannot hold classes.
    """
    image, data, name = _open(source, name, formats, max_pixels)
    if image.format in ("JPEG", "MPO"):
        raise ImageError(
            f"{name} is a JPEG file: its lossy compression changes label ids; "
            "save label maps as PNG."
        )
    depth, color_type = 8, None
    if image.format == "PNG":
        depth, color_type = data[24:26]
    if color_type in (2, 6) and depth == 16:
        raise ImageError(
            f"{name} has 16-bit colours, which are no class colours: save the "
            "layout as indexed or grey PNG."
        )
    image = _load(image, source, name)
    if as_colors or image.mode in ("RGB", "RGBA"):
        return np.asarray(image.convert("RGB"))
    if image.mode not in _GREY_MODES:
        raise ImageError(
            f"{name} has the unsupported mode {image.mode}; save label maps "
            "as indexed, grey (8 or 16 bit) or RGB PNG."
        )
    values = np.asarray(image.getchannel("L") if image.mode == "LA" else image)
    if values.dtype == bool:
        return values.astype("uint8")
    if color_type == 0 and depth in (2, 4):
        # Pillow spreads small grey depths over 0 to 255.
        values = values // (255 // (2**depth - 1))
    return values


def read_size(source: Source) -> tuple[int, int]:
    """Reads height and width of an image from its header.

    Args:
        source: Path or content of a file.

    Returns:
        `(height, width)`.

    Raises:
        ImageError: If there is no such file or its header is damaged.
    """
    name = _name(source, None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            file = source if _is_path(source) else io.BytesIO(source)
            with Image.open(file, formats=FORMATS) as image:
                return image.height, image.width
    except FileNotFoundError as error:
        raise ImageError(f"The file {name} does not exist.") from error
    except _UNREADABLE as error:
        raise _unreadable(source, name, error) from error


def encode_png(pixels: np.ndarray, compress_level: int = 6) -> bytes:
    """Encodes an image.

    Args:
        pixels: `uint8` array `(height, width, 3)`, or `uint8` or `uint16`
            array `(height, width)`.
        compress_level: int, 0 to 9. Defaults to `6`.

    Returns:
        bytes.
    """
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        buffer, format="PNG", compress_level=compress_level
    )
    return buffer.getvalue()


def _open(source, name, formats, max_pixels):
    """Judges a header; returns the image to be loaded, its file and name."""
    name = _name(source, name)
    data = bytes(_read(source, name))
    found = next(
        kind for start, kind in _SIGNATURES.items() if data.startswith(start)
    )
    if formats is not None and found not in formats:
        raise ImageError(
            f"{name} must be a {' or '.join(formats)} file. Received: {found}."
        )
    try:
        if found == "PNG":
            data = _stripped_png(data, name, max_pixels)
        with warnings.catch_warnings():
            # Pillow warns of large images; the size is checked here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats or FORMATS)
        _check_size(name, *image.size, max_pixels)
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise TooManyPixelsError(
            f"{name} has more than {max_pixels} pixels: make it smaller."
        ) from error
    except _UNREADABLE as error:
        raise _unreadable(source, name, error) from error
    return image, data, name


def _load(image, source, name):
    try:
        image.load()
    except _UNREADABLE as error:
        raise _unreadable(source, name, error) from error
    return image


def _is_path(source):
    return isinstance(source, (str, os.PathLike))


def _name(source, name):
    if name is None:
        name = str(source) if _is_path(source) else "the image"
    return name


def _read(source, name):
    if not _is_path(source):
        return source
    try:
        return pathlib.Path(source).read_bytes()
    except FileNotFoundError as error:
        raise ImageError(f"The file {name} does not exist.") from error
    except OSError as error:
        raise _unreadable(source, name, error) from error


def _unreadable(source, name, error):
    advice = "restore or remove the file"
    if not _is_path(source):
        advice = "send a whole file"
    if isinstance(error, Image.UnidentifiedImageError):
        error = "it is of no format that is known here"
    return ImageError(f"{name} cannot be read as an image ({error}); {advice}.")


def _check_size(name, width, height, max_pixels):
    if width * height > max_pixels:
        raise TooManyPixelsError(
            f"{name} has {width} x {height} pixels, but at most {max_pixels} "
            "are accepted here: make it smaller."
        )


def _stripped_png(data, name, max_pixels):
    """Returns a PNG without what is not needed, after a look at its header."""
    header = data[: len(PNG_SIGNATURE) + 25]
    if len(header) < 33 or header[8:16] != b"\0\0\0\rIHDR":
        raise ValueError("the PNG is damaged: its header is missing")
    width, height, depth, color_type, *rest = struct.unpack(
        ">IIBBBBB", header[16:29]
    )
    if not 0 < width < 2**31 or not 0 < height < 2**31:
        raise ValueError("the PNG is damaged: its header has no size")
    if depth not in _DEPTHS.get(color_type, ()) or rest[2] > 1:
        raise ValueError("the PNG is damaged: its header is not valid")
    _check_size(name, width, height, max_pixels)
    kept = [PNG_SIGNATURE]
    position = len(PNG_SIGNATURE)
    while position + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        end = position + 12 + length
        if end > len(data):
            break
        if kind in _NEEDED:
            chunk = data[position:end]
            if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
                raise ValueError("the PNG is damaged: a checksum is wrong")
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        position = end
    raise ValueError("the PNG is damaged: its end is missing")
