"""Files that are either there in full or not there at all."""

import contextlib
import errno
import json
import os
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

TEMPORARY_PREFIX = ".writing-"


class DiskFullError(OSError):
    """Says in one sentence that a file did not fit on its disk."""

    def __init__(self, message: str):
        super().__init__(errno.ENOSPC, message)

    def __str__(self):
        return self.strerror


def is_disk_full(error: BaseException | None) -> bool:
    """Tells whether an exception, or one it came from, means "disk full".

    HDF5 reports the number of the system's error in its text only.

    Args:
        error: Exception.

    Returns:
        bool.
    """
    while error is not None:
        number = getattr(error, "errno", None)
        text = str(error)
        if number in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "No space left on device" in text or "errno = 28" in text:
            return True
        if "Disk quota exceeded" in text:
            return True
        error = error.__cause__ or error.__context__
    return False


def sync(path: str | os.PathLike) -> None:
    """Waits until a file or folder has reached the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot sync a folder; they order renames anyway.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def _disk_full_message(path):
    free = shutil.disk_usage(path.parent).free / 2**20
    return (
        f"The disk that holds {path.parent} is full ({free:.0f} MiB left): "
        f"{path.name} could not be written. What was saved before is intact; "
        "free some space and run the same command again to resume."
    )


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """Lets a block write a file or folder that appears only when complete.

    Args:
        path: Path of the result. A file there is replaced; a folder there
            must not exist.

    Yields:
        `pathlib.Path` beside it, with the same suffixes, to be written.

    Raises:
        DiskFullError: If the disk filled up; nothing is left behind.
    """
    path = pathlib.Path(path)
    temporary = path.with_name(TEMPORARY_PREFIX + path.name)
    remove(temporary)
    try:
        yield temporary
        if temporary.is_dir():
            for child in temporary.iterdir():
                sync(child)
        sync(temporary)
        os.replace(temporary, path)
        sync(path.parent)
    except BaseException as error:
        remove(temporary)
        if isinstance(error, Exception) and is_disk_full(error):
            raise DiskFullError(_disk_full_message(path)) from error
        raise


def remove(path: pathlib.Path) -> None:
    """Removes a file or a whole folder; does nothing if there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes a text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Writes a JSON file atomically, indented, with a final newline."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def require_free_space(folder: str | os.PathLike, needed: int) -> None:
    """Raises `DiskFullError` if fewer than `needed` bytes are free.

    Args:
        folder: Path; need not exist.
        needed: int. Bytes.
    """
    folder = pathlib.Path(folder).resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"The disk that holds {folder} has {free / 2**20:.0f} MiB left, "
            f"but a run of this size needs {needed / 2**20:.0f} MiB (two "
            "checkpoints and the generator): free some space, choose another "
            "`run_dir` or lower `keep_checkpoints`."
        )
