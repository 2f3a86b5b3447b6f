"""The mark of pictures that this package has made.

Images, contact sheets and coloured layouts lie about in folders, also in those
of label maps. A text in the PNG tells them from label maps, which no name or
pixel does.
"""

import os
import struct
import zlib
from collections.abc import Sequence

# The signature and the header, which always comes first.
_HEADER_BYTES = 33
_TEXT = b"tEXtSoftware\0keras_semsynth"
_CHUNK = (
    struct.pack(">I", len(_TEXT) - 4)
    + _TEXT
    + struct.pack(">I", zlib.crc32(_TEXT))
)


def mark(png: bytes) -> bytes:
    """Adds the mark to a PNG; its pixels stay as they are.

    Args:
        png: bytes of a PNG file. Anything else stays as it is.

    Returns:
        bytes.
    """
    header, rest = png[:_HEADER_BYTES], png[_HEADER_BYTES:]
    if header[12:16] != b"IHDR" or rest.startswith(_CHUNK):
        return png
    return header + _CHUNK + rest


def is_marked(path: str | os.PathLike) -> bool:
    """Whether a file carries the mark.

    Args:
        path: Path. A file that cannot be read carries none.

    Returns:
        bool.
    """
    if not os.fspath(path).lower().endswith(".png"):
        return False
    try:
        with open(path, "rb") as file:
            file.seek(_HEADER_BYTES)
            return file.read(len(_CHUNK)) == _CHUNK
    except OSError:
        return False


def without_own(
    paths: Sequence[str | os.PathLike], folder: str | os.PathLike
) -> list[str | os.PathLike]:
    """Leaves marked pictures out of a list of label maps, and says so.

    Args:
        paths: Sequence of paths.
        folder: Path of their folder, for the message.

    Returns:
        List of paths.
    """
    own = {path for path in paths if is_marked(path)}
    if own:
        print(
            f"Note: {folder} holds pictures that keras_semsynth has made "
            f"({len(own)}, such as {min(own)}): they are no label maps and "
            "are left out."
        )
    return [path for path in paths if path not in own]
