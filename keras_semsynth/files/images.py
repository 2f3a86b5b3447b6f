"""Decodes images from strangers: a header is judged before any pixel."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from keras_semsynth.files.image_file import FORMATS
from keras_semsynth.files.image_file import MAX_PIXELS
from keras_semsynth.files.image_file import ImageError
from keras_semsynth.files.image_file import Source
from keras_semsynth.files.image_file import TooManyPixelsError
from keras_semsynth.files.image_file import max_pixels
from keras_semsynth.files.image_file import opened
from keras_semsynth.files.image_file import set_max_pixels
from keras_semsynth.files.image_headers import png_header
from keras_semsynth.files.photographs import is_srgb
from keras_semsynth.files.photographs import to_srgb
from keras_semsynth.files.photographs import upright

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "ImageError",
    "TooManyPixelsError",
    "encode_png",
    "is_rgb",
    "max_pixels",
    "open_image",
    "read_image",
    "read_label_values",
    "read_plain_photograph",
    "read_size",
    "set_max_pixels",
]

_GREY_MODES = ("1", "L", "P", "I", "I;16", "I;16L", "I;16B", "I;16N")


def open_image(
    source: Source,
    name: str | None = None,
    formats: Sequence[str] | None = None,
    max_pixels: int | None = None,
) -> Image.Image:
    """Decodes an image and turns it upright, and leaves its values as they are.

    What a PNG carries besides its pixels (profiles, texts, animations) is
    never unpacked.

    Args:
        source: Path or content of a file.
        name: str or `None`. What an error calls it. Defaults to the path, or
            `"the image"`.
        formats: Names of the formats that are accepted, as Pillow has them.
            Defaults to `FORMATS`.
        max_pixels: int or `None`. An image of more is refused before it is
            decoded. Defaults to what `max_pixels()` returns.

    Returns:
        `PIL.Image.Image`, loaded.

    Raises:
        ImageError: If there is no such file, it is of another format, damaged
            or too large.
    """
    with opened(source, name, formats, max_pixels) as file:
        file.load()
        return upright(file.image, file.orientation)


def read_image(
    source: Source,
    name: str | None = None,
    formats: Sequence[str] | None = None,
    max_pixels: int | None = None,
) -> np.ndarray:
    """Decodes a photograph as every viewer shows it.

    - It is turned upright as its EXIF orientation says; a broken EXIF block
      counts as none.
    - 16-bit grey is scaled to 8 bits by its range, 16-bit colours too. Float
      and 32-bit values are refused: they do not tell what is white.
    - Colours of another profile, grey, CMYK or Lab become sRGB. A file
      without a profile, or with a broken one, is taken as sRGB.
    - What is transparent becomes white, in proportion, as on a white page.
    - Of several pages or frames the first is read.

    Args:
        source: As for `open_image`; so are the others.
        name: str or `None`.
        formats: Sequence of str or `None`.
        max_pixels: int or `None`.

    Returns:
        `uint8` array `(height, width, 3)`, RGB.

    Raises:
        ImageError: As by `open_image`, and if the values are float or 32 bit.
    """
    with opened(source, name, formats, max_pixels, looks=True) as file:
        return np.asarray(_photograph(file))


def read_plain_photograph(
    source: Source,
    name: str | None = None,
    formats: Sequence[str] | None = None,
    max_pixels: int | None = None,
) -> bytes:
    """Returns a photograph as a file that every decoder reads alike.

    Args:
        source: As for `open_image`; so are the others.
        name: str or `None`.
        formats: Sequence of str or `None`.
        max_pixels: int or `None`.

    Returns:
        bytes: the file itself, if it is a JPEG or PNG that a decoder without
        a sense of orientation, profile or transparency shows as `read_image`
        does; otherwise a PNG of what `read_image` returns.

    Raises:
        ImageError: As by `read_image`.
    """
    with opened(source, name, formats, max_pixels, looks=True) as file:
        image = _photograph(file)
        if (
            file.kind in ("PNG", "JPEG")
            and file.orientation == 1
            and is_srgb(file.image, file.depth)
        ):
            file.stream.seek(0)
            return file.stream.read()
    return encode_png(np.asarray(image))


def read_label_values(
    source: Source,
    name: str | None = None,
    formats: Sequence[str] | None = None,
    max_pixels: int | None = None,
    as_colors: bool = False,
    lossy: bool = False,
) -> np.ndarray:
    """Decodes a label or instance map without giving its values a meaning.

    It is turned upright as its EXIF orientation says, like its photograph.

    Args:
        source: As for `open_image`; so are the others.
        name: str or `None`.
        formats: Sequence of str or `None`.
        max_pixels: int or `None`.
        as_colors: bool. Turns every file into RGB; of more than 8 bits it is
            refused. Defaults to `False`.
        lossy: bool. Also accepts JPEG and lossy WebP, whose values are only
            near to what was saved. Defaults to `False`.

    Returns:
        Integer array `(height, width)` of indices or grey values, or `uint8`
        array `(height, width, 3)` of colours.

    Raises:
        ImageError: As by `open_image`, and if the file cannot hold classes.
    """
    with opened(source, name, formats, max_pixels) as file:
        name, mode = file.name, file.image.mode
        lossy_kind = None if lossy else file.lossy_kind
        if lossy_kind is not None:
            raise ImageError(
                f"{name} is a {lossy_kind} file: its lossy compression changes "
                "label ids; save label maps as PNG."
            )
        if file.depth == 16 and mode in ("RGB", "RGBA"):
            raise ImageError(
                f"{name} has 16-bit colours, which are no class colours: save "
                "the layout as indexed or grey PNG."
            )
        if mode == "F":
            raise ImageError(
                f"{name} has float values, which are no class ids; save label "
                "maps as indexed, grey (8 or 16 bit) or RGB PNG."
            )
        top, kind = file.grey_top, file.grey_kind
        file.load()
        image = upright(file.image, file.orientation)
    if mode in ("RGB", "RGBA"):
        return np.asarray(image.convert("RGB"))
    if mode in ("LA", "PA"):
        image = image.convert("RGB") if as_colors else image.getchannel(0)
    elif mode not in _GREY_MODES:
        raise ImageError(
            f"{name} has the unsupported mode {mode}; save label maps as "
            "indexed, grey (8 or 16 bit) or RGB PNG."
        )
    if as_colors:
        if mode.startswith("I"):
            raise ImageError(
                f"{name} holds grey values of more than 8 bits, which are no "
                "colours; save it as RGB PNG, or read its values as ids."
            )
        return np.asarray(image.convert("RGB"))
    values = np.asarray(image)
    if values.dtype == bool:
        return values.astype("uint8")
    if kind is not None:
        other = values.view(kind)
        if (other < 0).any() or (values < 0).any():
            return other
    if top is not None:
        # Pillow spreads them over 0 to 255, or to 65535.
        spread = 255 if mode == "L" else 65535
        values = (values.astype("int64") * top + spread // 2) // spread
        return values.astype("uint8" if top < 256 else "uint16")
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def read_size(source: Source) -> tuple[int, int]:
    """Reads the height and width that a viewer shows, without decoding.

    Args:
        source: Path or content of a file.

    Returns:
        `(height, width)` of what `read_image` returns.

    Raises:
        ImageError: If there is no such file, its header is damaged or it has
            more pixels than `max_pixels()`.
    """
    with opened(source, None, None, None, only_size=True) as file:
        return file.size


def is_rgb(source: Source) -> bool:
    """Tells from its header whether an image has red, green and blue.

    Args:
        source: Path or content of a file.

    Returns:
        bool: `True` for RGB with or without alpha, `False` for grey, indexed
        and other files.

    Raises:
        ImageError: As by `read_size`.
    """
    with opened(source, None, None, None, only_size=True) as file:
        if file.image is not None:
            return file.image.mode in ("RGB", "RGBA")
        file.stream.seek(0)
        _, _, _, color_type = png_header(file.stream.read(33))
        return color_type in (2, 6)


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


def _photograph(file):
    file.load()
    return upright(to_srgb(file.image, file.depth), file.orientation)
