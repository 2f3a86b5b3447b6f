"""What image files say before any pixel is decoded."""

import struct
import zlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import BinaryIO

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
# Larger ones are broken or a trap: what is compressed in a PNG may expand to
# a thousand times its size.
MAX_PNG_PROFILE = 1 << 20

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
_ORIENTATION = 274  # the tag of TIFF and EXIF


def format_of(head: bytes) -> str:
    """Names the format of a file by its first bytes.

    Args:
        head: bytes, at least 12 where there are so many.

    Returns:
        str: the name that Pillow has for it, or what to call it.
    """
    if head[4:8] == b"ftyp":
        return "HEIC or AVIF"
    return next(
        kind for start, kind in _SIGNATURES.items() if head.startswith(start)
    )


def png_header(head: bytes) -> tuple[int, int, int, int]:
    """Reads the header of a PNG.

    Args:
        head: bytes, the first 33.

    Returns:
        `(width, height, depth, color_type)`.

    Raises:
        ValueError: If the header is not valid.
    """
    if len(head) < 33 or head[8:16] != b"\0\0\0\rIHDR":
        raise ValueError("the PNG is damaged: its header is missing")
    width, height, depth, color_type, *rest = struct.unpack(
        ">IIBBBBB", head[16:29]
    )
    if not 0 < width < 2**31 or not 0 < height < 2**31:
        raise ValueError("the PNG is damaged: its header has no size")
    if depth not in _DEPTHS.get(color_type, ()) or rest[2] > 1:
        raise ValueError("the PNG is damaged: its header is not valid")
    return width, height, depth, color_type


def stripped_png(file: BinaryIO, looks: bool) -> bytes:
    """Reads a PNG without what is not needed.

    Texts, animations and the like are never unpacked.

    Args:
        file: Binary file.
        looks: bool. Keeps what changes how the pixels look: profile, gamma
            and transparency, where they are whole.

    Returns:
        bytes of a PNG.

    Raises:
        ValueError: If a needed part is damaged or missing.
    """
    kept = [PNG_SIGNATURE]
    color_type = None
    for kind, length in _png_chunks(file):
        optional = _OPTIONAL if looks else _ALWAYS_OPTIONAL
        if kind not in _NEEDED and kind not in optional:
            continue
        chunk = struct.pack(">I4s", length, kind) + file.read(length + 4)
        content, checksum = chunk[8:-4], chunk[-4:]
        if len(chunk) < length + 12:
            break
        whole = zlib.crc32(chunk[4:-4]) == int.from_bytes(checksum)
        if kind == b"IHDR":
            color_type = content[9]
        if kind not in _NEEDED:
            if whole and optional[kind](content, color_type):
                kept.append(chunk)
            continue
        if not whole:
            raise ValueError("the PNG is damaged: a checksum is wrong")
        kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
    raise ValueError("the PNG is damaged: its end is missing")


def png_orientation(file: BinaryIO) -> int:
    """Reads how a PNG is turned; its EXIF block may stand behind its pixels.

    Args:
        file: Binary file.

    Returns:
        int, 1 to 8.
    """
    for kind, length in _png_chunks(file):
        if kind == b"eXIf":
            return exif_orientation(file.read(length))
        if kind == b"IEND":
            break
    return 1


def exif_orientation(block: bytes | None) -> int:
    """Reads how a picture is turned.

    Args:
        block: bytes of an EXIF block, perhaps broken, or `None`.

    Returns:
        int, 1 to 8 as EXIF counts; 1, upright, if the block does not tell.
    """
    block = (block or b"").removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", block, entry)
            if tag == _ORIENTATION:
                # A short as a rule; some programs write a long.
                number = order + ("I" if kind == 4 else "H")
                (value,) = struct.unpack_from(number, block, entry + 8)
                return valid_orientation(value)
    except struct.error:
        pass
    return 1


def tiff_orientation(tags: Mapping[int, object]) -> int:
    """Reads how a TIFF is turned.

    Args:
        tags: Mapping, its tags.

    Returns:
        int, 1 to 8.
    """
    return valid_orientation(tags.get(_ORIENTATION))


def valid_orientation(value: object) -> int:
    """Returns the value if it is an int from 1 to 8, otherwise 1."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def is_lossy_webp(data: bytes) -> bool:
    """Whether a WebP file holds a lossy picture.

    Args:
        data: bytes of the file.
    """
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        if kind == b"VP8 ":
            return True
        # A frame of an animation: its picture follows 16 bytes of places.
        if kind == b"ANMF":
            position += 24
        else:
            position += 8 + length + length % 2
    return False


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Goes from chunk to chunk; the file stands at the content of each."""
    position = len(PNG_SIGNATURE)
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, length
        position += 12 + length


def _is_profile(content, color_type):
    name, _, rest = content.partition(b"\0")
    if not name or rest[:1] != b"\0":
        return False
    decompressor = zlib.decompressobj()
    try:
        decompressor.decompress(rest[1:], MAX_PNG_PROFILE)
    except zlib.error:
        return False
    return decompressor.eof


def _is_transparency(content, color_type):
    if color_type == 3:
        return 0 < len(content) <= 256
    return len(content) == {0: 2, 2: 6}.get(color_type)


_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_ALWAYS_OPTIONAL: dict[bytes, Callable] = {b"eXIf": lambda *_: True}
# Chunk -> whether Pillow can read this content without harm.
_OPTIONAL = _ALWAYS_OPTIONAL | {
    b"iCCP": _is_profile,
    b"tRNS": _is_transparency,
    b"gAMA": lambda content, _: len(content) == 4 and any(content),
    b"sRGB": lambda content, _: len(content) == 1,
}
