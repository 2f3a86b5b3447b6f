"""Numbered versions of a model in one folder, as TensorFlow Serving reads."""

import contextlib
import errno
import os
import pathlib
from collections.abc import Iterator

from keras_semsynth.files import atomic
from keras_semsynth.files.outputs import require_folder


class Version:
    """A version while it is written.

    Args:
        writing: `pathlib.Path` of the folder to fill.
    """

    def __init__(self, writing: pathlib.Path):
        self.writing = writing
        self.path = None  # known once it is complete


@contextlib.contextmanager
def new_version(output: str | os.PathLike) -> Iterator[Version]:
    """Lets a block write a version that appears only when complete.

    It gets the next free number; what is there is never touched. Several
    processes may do so at once.

    Args:
        output: Path of the folder of all versions; made if there is none.

    Yields:
        `Version`; its `path` is set after the block.

    Raises:
        ValueError: If the folder cannot be used.
        DiskFullError: If the disk filled up; nothing is left behind.
    """
    output = pathlib.Path(output)
    check_output(output)
    try:
        output.mkdir(parents=True, exist_ok=True)
        atomic.remove_leftovers(output)
        # Servers ignore names that are no numbers.
        writing = atomic.temporary_path(output / "version")
        writing.mkdir()
    except OSError as error:
        raise ValueError(
            f"`output={output}` cannot be written ({error.strerror}): choose "
            "another folder."
        ) from error
    version = Version(writing)
    try:
        yield version
        _sync_tree(writing)
        version.path = _publish(writing, output)
    except BaseException as error:
        atomic.remove(writing)
        if isinstance(error, Exception) and atomic.is_disk_full(error):
            raise atomic.DiskFullError(
                f"The disk that holds {output} is full: free some space and "
                "export again; earlier versions are untouched."
            ) from error
        raise


def check_output(output: pathlib.Path) -> None:
    """Raises `ValueError` unless a path can be a folder of versions.

    Args:
        output: `pathlib.Path`; need not exist.
    """
    require_folder(output)
    if (output / "saved_model.pb").exists():
        raise ValueError(
            f"`output={output}` is itself a SavedModel, not a folder of "
            "numbered versions: choose the folder above it, or a new one."
        )


def _numbers(output):
    return [int(p.name) for p in output.iterdir() if p.name.isdecimal()]


def _publish(writing, output):
    number = max(_numbers(output), default=0) + 1
    while True:
        path = output / str(number)
        try:
            if not path.exists():
                os.rename(writing, path)
                atomic.sync(output)
                return path
        except OSError as error:
            taken = (errno.EEXIST, errno.ENOTEMPTY, errno.EACCES)
            if error.errno not in taken or not path.exists():
                raise
        number += 1


def _sync_tree(folder):
    for path, _, files in os.walk(folder, topdown=False):
        for name in files:
            atomic.sync(os.path.join(path, name))
        atomic.sync(path)
