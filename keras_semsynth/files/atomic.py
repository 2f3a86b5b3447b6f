"""Files that are either there in full or not there at all."""

import contextlib
import errno
import itertools
import json
import os
import pathlib
import platform
import re
import shutil
import time
import uuid
import zlib
from collections.abc import Iterator
from typing import Any

TEMPORARY_PREFIX = ".writing-"
# Of a machine whose processes cannot be asked for.
_ABANDONED_SECONDS = 24 * 3600
# Longer ones are parts of a name with dots, not what a format is known by.
_MOST_SUFFIX = 16
_MACHINE = f"{zlib.crc32(platform.node().encode()):08x}"
# A process that starts anew in a container often gets its old number.
_LIFE = uuid.uuid4().hex[:8]
_COUNTER = itertools.count()


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
        "free some space and try again."
    )


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """Lets a block write a file or folder that appears only when complete.

    Args:
        path: Path of the result. A file there is replaced; a folder there
            must not exist.

    Yields:
        `pathlib.Path` beside it, with the same suffix, to be written.

    Raises:
        DiskFullError: If the disk filled up; nothing is left behind.
    """
    path = pathlib.Path(path)
    temporary = temporary_path(path)
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


def temporary_path(path: str | os.PathLike) -> pathlib.Path:
    """Names a file or folder for what is not complete yet.

    The name tells which process writes it, so that `remove_leftovers` knows
    what a killed one left. It is short however long the target's name is.

    Args:
        path: Path of the result.

    Returns:
        `pathlib.Path` in the same folder and with the same suffix.
    """
    path = pathlib.Path(path)
    suffix = ".weights.h5" if path.name.endswith(".weights.h5") else path.suffix
    suffix = "" if len(os.fsencode(suffix)) > _MOST_SUFFIX else suffix
    number = f"{_MACHINE}-{os.getpid()}-{_LIFE}-{next(_COUNTER)}"
    return path.with_name(f"{TEMPORARY_PREFIX}{number}{suffix}")


def remove_leftovers(*folders: str | os.PathLike, locked: bool = False) -> None:
    """Removes what killed processes left half written in folders.

    Args:
        *folders: Paths. Those that do not exist count as empty.
        locked: bool. Whether a lock keeps all other writers out, so that
            everything half written is a leftover. Defaults to `False`: only
            that of processes which have ended counts, and what is older than
            a day if they ran on another machine.
    """
    for folder in map(pathlib.Path, folders):
        for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
            if locked or not _is_being_written(path):
                with contextlib.suppress(OSError):  # another was faster
                    remove(path)


def _is_being_written(path):
    name = re.escape(TEMPORARY_PREFIX) + r"(\w+)-(\d+)-(\w+)-\d+(?:\.|$)"
    match = re.match(name, path.name)
    if match and match[1] == _MACHINE and os.name == "posix":
        number = int(match[2])
        if number == os.getpid():
            return match[3] == _LIFE
        try:
            os.kill(number, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            pass  # it lives, as another user's
    try:
        return time.time() - path.lstat().st_mtime < _ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def remove(path: pathlib.Path) -> None:
    """Removes a file or a whole folder; does nothing if there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def all_or_none(*paths: str | os.PathLike) -> Iterator[None]:
    """Removes the files that a block wrote, if it does not come to its end.

    Args:
        *paths: Paths of the files. Those that were there before stay.
    """
    new = [path for path in map(pathlib.Path, paths) if not path.exists()]
    try:
        yield
    except BaseException:
        for path in new:
            remove(path)
        raise


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes a text file atomically, in UTF-8.

    What is no text, as names of files can be, is written as `\\udcff`.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Writes a JSON file atomically, indented, with a final newline."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def require_free_space(
    folder: str | os.PathLike, needed: int, what: str, advice: str
) -> None:
    """Raises `DiskFullError` if fewer than `needed` bytes are free.

    Args:
        folder: Path; need not exist.
        needed: int. Bytes.
        what: str. What needs them.
        advice: str. What can be done.
    """
    folder = pathlib.Path(folder).resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"The disk that holds {folder} has {free / 2**20:.1f} MiB left, "
            f"but {needed / 2**20:.1f} MiB are needed for {what}: {advice}."
        )
