"""The checksum by which a file is known again."""

import hashlib
import os


def file_sha256(path: str | os.PathLike) -> str:
    """Computes the SHA-256 of a file.

    Args:
        path: Path of the file.

    Returns:
        str, 64 hexadecimal digits.

    Raises:
        OSError: If it cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
