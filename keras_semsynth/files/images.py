"""Decodes images from strangers: a header is judged before any pixel."""

import contextlib
import dataclasses
import io
import os
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from PIL import Image

from keras_semsynth.files.image_headers import exif_orientation
from keras_semsynth.files.image_headers import format_of
from keras_semsynth.files.image_headers import is_lossy_webp
from keras_semsynth.files.image_headers import png_header
from keras_semsynth.files.image_headers import png_orientation
from keras_semsynth.files.image_headers import stripped_png
from keras_semsynth.files.image_headers import tiff_orientation
from keras_semsynth.files.photographs import UnclearPixelsError
from keras_semsynth.files.photographs import is_srgb
from keras_semsynth.files.photographs import to_srgb
from keras_semsynth.files.photographs import upright

# What photographs and label maps are kept in; formats that run programs, as
# PostScript does, are not among them.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
# The limit that holds until `set_max_pixels` is called.
MAX_PIXELS = 178_956_970

_GREY_MODES = ("1", "L", "P", "I", "I;16", "I;16L", "I;16B", "I;16N")
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
_max_pixels = MAX_PIXELS
# Pillow's limit and Python's warnings are of the whole process.
_pillow_lock = threading.Lock()

Source = str | os.PathLike | bytes | bytearray | memoryview


class ImageError(ValueError):
    """Says in one sentence why a file is no image that is accepted."""


class TooManyPixelsError(ImageError):
    """The header announces more pixels than are accepted."""


def max_pixels() -> int:
    """Returns how many pixels an image may have where nothing else is said.

    Returns:
        int, `MAX_PIXELS` until `set_max_pixels` is called.
    """
    return _max_pixels


def set_max_pixels(value: int) -> None:
    """Sets how many pixels an image may have where nothing else is said.

    A small file can announce far more pixels than fit into memory, so there
    is always a limit.

    Args:
        value: int, positive.

    Raises:
        ValueError: If it is not positive.

    Example:

    >>> keras_semsynth.files.images.set_max_pixels(500_000_000)
    """
    global _max_pixels
    if value < 1:
        raise ValueError(
            "`max_pixels` must be a positive integer. Received: "
            f"max_pixels={value}."
        )
    _max_pixels = value


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
    with _opened(source, name, formats, max_pixels) as file:
        file.image.load()
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
    with _opened(source, name, formats, max_pixels, looks=True) as file:
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
    with _opened(source, name, formats, max_pixels, looks=True) as file:
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
        as_colors: bool. Turns every file into RGB. Defaults to `False`.
        lossy: bool. Also accepts JPEG and lossy WebP, whose values are only
            near to what was saved. Defaults to `False`.

    Returns:
        Integer array `(height, width)` of indices or grey values, or `uint8`
        array `(height, width, 3)` of colours.

    Raises:
        ImageError: As by `open_image`, and if the file cannot hold classes.
    """
    with _opened(source, name, formats, max_pixels) as file:
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
        top = file.grey_top
        file.image.load()
        image = upright(file.image, file.orientation)
    if as_colors or mode in ("RGB", "RGBA"):
        return np.asarray(image.convert("RGB"))
    if mode in ("LA", "PA"):
        image = image.getchannel(0)
    elif mode not in _GREY_MODES:
        raise ImageError(
            f"{name} has the unsupported mode {mode}; save label maps as "
            "indexed, grey (8 or 16 bit) or RGB PNG."
        )
    values = np.asarray(image)
    if values.dtype == bool:
        return values.astype("uint8")
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
    with _opened(source, None, None, None, only_size=True) as file:
        return file.size


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


class _Limit:
    """How many pixels are accepted, and what is said of more."""

    def __init__(self, name, pixels, from_path):
        self.name = name
        self.pixels = _max_pixels if pixels is None else pixels
        self.from_path = from_path

    def check(self, width, height):
        if width * height <= self.pixels:
            return
        if self.from_path:
            raise TooManyPixelsError(
                f"{self.name} has {width} x {height} pixels (width x height), "
                f"more than the limit of {self.pixels}: shrink it, cut it into "
                f"tiles, or raise the limit with `max_pixels={width * height}`."
            )
        raise TooManyPixelsError(
            f"{self.name} has {width} x {height} pixels, but at most "
            f"{self.pixels} are accepted here: make it smaller."
        )


@dataclasses.dataclass
class _File:
    """An image file whose header was judged and whose pixels wait.

    `size` is `(height, width)` once the picture is upright, `orientation`
    what is left to do when Pillow has loaded it, `depth` the bits of a value.
    """

    name: str
    kind: str
    stream: BinaryIO
    image: Image.Image | None  # `None` if nothing but the size was asked for
    depth: int
    orientation: int
    size: tuple[int, int]

    @property
    def lossy_kind(self):
        """What to call a file whose values are only near to what was saved."""
        if self.kind == "JPEG":
            return "JPEG"
        if self.kind == "WEBP":
            self.stream.seek(0)
            if is_lossy_webp(self.stream.read()):
                return "lossy WebP"
        return None

    @property
    def grey_top(self):
        """White of a grey file whose values Pillow spreads, before loading."""
        mode = self.image.mode
        if self.kind in ("PNG", "TIFF") and mode == "L" and self.depth < 8:
            return 2**self.depth - 1
        if self.kind == "PPM" and mode in ("L", "I"):
            arguments = self.image.tile[0][3]
            if isinstance(arguments, tuple):
                return arguments[-1]
        return None


@contextlib.contextmanager
def _opened(
    source: Source,
    name: str | None,
    formats: Sequence[str] | None,
    pixels: int | None,
    looks: bool = False,
    only_size: bool = False,
) -> Iterator[_File]:
    """Judges a header; what goes wrong in the block becomes `ImageError`."""
    from_path = isinstance(source, (str, os.PathLike))
    if name is None:
        name = str(source) if from_path else "the image"
    limit = _Limit(name, pixels, from_path)
    advice = "restore or remove the file" if from_path else "send a whole file"
    try:
        # Pillow takes what it needs of a header out of the buffer.
        with (
            open(source, "rb", buffering=1 << 16)
            if from_path
            else io.BytesIO(source)
        ) as stream:
            kind = format_of(stream.read(12))
            if formats is not None and kind not in formats:
                raise ImageError(
                    f"{name} must be a {' or '.join(formats)} file. Received: "
                    f"{kind}."
                )
            if kind == "PNG":
                yield _png_file(name, stream, limit, looks, only_size)
            else:
                yield _other_file(name, kind, stream, limit)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"The file {name} does not exist.") from error
    except UnclearPixelsError as error:
        raise ImageError(
            f"{name} cannot be read as a photograph, because {error}; scale "
            "its values and save them as an 8-bit or 16-bit PNG."
        ) from error
    except _UNREADABLE as error:
        reason = error
        if isinstance(error, Image.UnidentifiedImageError):
            reason = "it is of no format that is known here"
        raise ImageError(
            f"{name} cannot be read as an image ({reason}); {advice}."
        ) from error


def _png_file(name, stream, limit, looks, only_size):
    stream.seek(0)
    width, height, depth, _ = png_header(stream.read(33))
    limit.check(width, height)
    image = None
    if not only_size:
        stream_of_png = io.BytesIO(stripped_png(stream, looks))
        image = _identify(stream_of_png, ["PNG"])
    orientation = png_orientation(stream)
    size = _turned_size(width, height, orientation)
    return _File(name, "PNG", stream, image, depth, orientation, size)


def _other_file(name, kind, stream, limit):
    if kind == "HEIC or AVIF":
        raise ImageError(
            f"{name} is a HEIC or AVIF file, which is not read here; convert "
            "it to JPEG or PNG."
        )
    image = _identify(stream, FORMATS)
    kind = "JPEG" if image.format == "MPO" else image.format
    depth = 8
    (width, height), orientation = image.size, 1
    if kind == "TIFF":
        # Pillow turns these itself while it loads them.
        tags = image.tag_v2
        width, height = tags[256], tags[257]
        depth = tags.get(258, (1,))[0]
        size = _turned_size(width, height, tiff_orientation(tags))
    else:
        orientation = exif_orientation(image.info.get("exif"))
        size = _turned_size(width, height, orientation)
    limit.check(width, height)
    return _File(name, kind, stream, image, depth, orientation, size)


def _turned_size(width, height, orientation):
    return (width, height) if orientation > 4 else (height, width)


def _identify(stream, formats):
    """Opens an image with Pillow, which neither judges its size nor warns."""
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pillow_limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            return Image.open(stream, formats=formats)
        finally:
            Image.MAX_IMAGE_PIXELS = pillow_limit


def _photograph(file):
    file.image.load()
    return upright(to_srgb(file.image, file.depth), file.orientation)
