"""Reading and writing files wherever Apache Beam can: disks and buckets.

Paths with a scheme (`gs://`, `hdfs://`, `s3://`) go through Beam's file
systems, all others are files of this machine.
"""

import contextlib
import os
import pathlib
import tempfile
import uuid
from collections.abc import Iterator

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from keras_semsynth.files import atomic
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import is_image
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import natural_key
from keras_semsynth.files.own_pictures import without_own


def is_remote(path: str) -> bool:
    """Whether a path names another file system than that of the machine."""
    return "://" in path


def join(folder: str, *names: str) -> str:
    """Joins a folder and names, with `/`, which every system takes."""
    return "/".join([folder.rstrip("/") or "/", *names])


def list_files(folder: str) -> list[str]:
    """Lists the files of a folder at any depth.

    Args:
        folder: str.

    Returns:
        Sorted list of str, relative to the folder.

    Raises:
        ValueError: If there is no such folder.
    """
    if is_remote(folder):
        start = folder.rstrip("/") + "/"
        found = FileSystems.match([start + "**"])[0].metadata_list
        return sorted(meta.path.removeprefix(start) for meta in found)
    if not os.path.isdir(folder):
        raise ValueError(f"The folder {folder} does not exist.")
    base = pathlib.Path(folder)
    return sorted(
        path.relative_to(base).as_posix()
        for path in base.rglob("*")
        if path.is_file()
    )


def list_label_maps(folder: str) -> list[str]:
    """Lists the label or instance maps of a folder at any depth.

    Args:
        folder: str.

    Returns:
        List of str in natural order, relative to the folder.

    Raises:
        ValueError: If there is no such folder.
    """
    if is_remote(folder):
        names = [
            name
            for name in list_files(folder)
            if is_image(name, LABEL_EXTENSIONS)
        ]
        return sorted(names, key=natural_key)
    paths = list_images(folder, False, LABEL_EXTENSIONS)
    paths = without_own(paths, folder)
    return [pathlib.PurePath(p).relative_to(folder).as_posix() for p in paths]


def exists(path: str) -> bool:
    """Whether there is a file or folder of this name."""
    return FileSystems.exists(path)


def read_bytes(path: str) -> bytes:
    """Returns the content of a file, as it is."""
    with FileSystems.open(
        path, compression_type=CompressionTypes.UNCOMPRESSED
    ) as file:
        return file.read()


def write_bytes(path: str, content: bytes, scratch: str) -> None:
    """Writes a file that appears only when it is complete.

    Two workers that write the same file at a time do not meet: the last one
    wins, whole.

    Args:
        path: str. A file there is replaced.
        content: bytes.
        scratch: str. Folder on the same file system for the file on its way.
    """
    temporary = join(scratch, uuid.uuid4().hex)
    try:
        with FileSystems.create(
            temporary, compression_type=CompressionTypes.UNCOMPRESSED
        ) as file:
            file.write(content)
    except BaseException:
        remove(temporary)
        raise
    make_folder(path.rpartition("/")[0])
    if is_remote(path):
        if FileSystems.exists(path):
            FileSystems.delete([path])
        FileSystems.rename([temporary], [path])
    else:
        os.replace(temporary, path)


def make_folder(path: str) -> None:
    """Makes a folder and those around it, where file systems have any."""
    if not is_remote(path):
        os.makedirs(path or ".", exist_ok=True)
    elif not FileSystems.exists(path):
        with contextlib.suppress(OSError):  # another worker was faster
            FileSystems.mkdirs(path)


def remove(path: str) -> None:
    """Removes a file or a whole folder; does nothing if there is none."""
    if not is_remote(path):
        # Beam's own would take the path for a pattern.
        atomic.remove(pathlib.Path(path))
    elif FileSystems.exists(path):
        FileSystems.delete([path])


@contextlib.contextmanager
def local_copy(path: str) -> Iterator[str]:
    """Lets a block read a file that may be elsewhere.

    Args:
        path: str.

    Yields:
        str, the path of the file on this machine, with the same name.
    """
    if not is_remote(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, path.rpartition("/")[2])
        pathlib.Path(copy).write_bytes(read_bytes(path))
        try:
            yield copy
        except ValueError as error:  # the reader knows the copy alone
            raise ValueError(str(error).replace(copy, path)) from error
