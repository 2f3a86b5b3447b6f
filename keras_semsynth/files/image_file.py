"""An image file between the look at its header and its pixels."""

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

from PIL import Image

from keras_semsynth.files.image_headers import exif_orientation
from keras_semsynth.files.image_headers import format_of
from keras_semsynth.files.image_headers import is_lossy_webp
from keras_semsynth.files.image_headers import png_header
from keras_semsynth.files.image_headers import png_orientation
from keras_semsynth.files.image_headers import stripped_png
from keras_semsynth.files.image_headers import tiff_orientation
from keras_semsynth.files.photographs import UnclearPixelsError

# What photographs and label maps are kept in; formats that run programs, as
# PostScript does, are not among them.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
# The limit that holds until `set_max_pixels` is called.
MAX_PIXELS = 178_956_970

# What a broken or dangerous file makes Pillow raise.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
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


def set_max_pixels(max_pixels: int = MAX_PIXELS) -> None:
    """Sets how many pixels an image may have where nothing else is said.

    Args:
        max_pixels: int. Pixels that an image may have, width times height; a
            small file can announce more than fit into memory. Defaults to
            `178956970`.

    Raises:
        ValueError: If it is not positive.

    Example:

    >>> from keras_semsynth.files.images import set_max_pixels
    >>> set_max_pixels(500_000_000)
    """
    global _max_pixels
    if max_pixels < 1:
        raise ValueError(
            "`max_pixels` must be a positive integer. Received: "
            f"max_pixels={max_pixels}."
        )
    _max_pixels = max_pixels


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
class ImageFile:
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

    def load(self) -> None:
        """Decodes the pixels."""
        with _pillow_lock:
            limit = Image.MAX_IMAGE_PIXELS
        height, width = self.size
        if limit is None or height * width <= limit:
            self.image.load()
            return
        # Some formats are judged once more while they are decoded.
        with _without_pillow_limit():
            self.image.load()

    @property
    def lossy_kind(self) -> str | None:
        """What to call a file whose values are only near to what was saved."""
        if self.kind == "JPEG":
            return "JPEG"
        if self.kind == "WEBP":
            self.stream.seek(0)
            if is_lossy_webp(self.stream.read()):
                return "lossy WebP"
        return None

    @property
    def grey_top(self) -> int | None:
        """White of a grey file whose values Pillow spreads, before loading."""
        mode = self.image.mode
        if self.kind in ("PNG", "TIFF") and mode == "L" and self.depth < 8:
            return 2**self.depth - 1
        if self.kind == "PPM" and mode in ("L", "I"):
            decoder, _, _, arguments = self.image.tile[0]
            if decoder.startswith("ppm"):
                return arguments[-1]
        return None

    @property
    def grey_kind(self) -> str | None:
        """The type of grey values whose sign Pillow mistakes."""
        if self.kind != "TIFF":
            return None
        signed = self.image.tag_v2.get(339, (1,))[0] == 2
        kinds = {("L", True): "int8", ("I", False): "uint32"}
        return kinds.get((self.image.mode, signed))


@contextlib.contextmanager
def opened(
    source: Source,
    name: str | None,
    formats: Sequence[str] | None,
    pixels: int | None,
    looks: bool = False,
    only_size: bool = False,
) -> Iterator[ImageFile]:
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
            if kind == "TIFF":
                reason = (
                    "this kind of TIFF, perhaps of float colours or of many "
                    "channels, is not known here"
                )
                advice = "convert it to an 8-bit or 16-bit PNG"
        if isinstance(error, Image.DecompressionBombError):
            reason = "a part of it has too many pixels"
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
    return ImageFile(name, "PNG", stream, image, depth, orientation, size)


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
    return ImageFile(name, kind, stream, image, depth, orientation, size)


def _turned_size(width, height, orientation):
    return (width, height) if orientation > 4 else (height, width)


def _identify(stream, formats):
    """Opens an image with Pillow, which neither judges its size nor warns."""
    with _without_pillow_limit():
        return Image.open(stream, formats=formats)


@contextlib.contextmanager
def _without_pillow_limit():
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit
