"""Checks of where results will be written, before any work is done."""

import os
import pathlib
import tempfile
from collections.abc import Iterable

# What all file systems in use take for one name, in bytes.
MOST_NAME_BYTES = 255


def require_folder(path: str | os.PathLike, argument: str = "output") -> None:
    """Checks that files can be written into a folder; leaves nothing behind.

    Args:
        path: Path of the folder; need not exist.
        argument: str. Its name for messages. Defaults to `"output"`.

    Raises:
        ValueError: If it is no folder, or cannot be made or written.
    """
    path = pathlib.Path(path)
    there = _nearest(path)
    given = f"`{argument}={path}`"
    if not there.is_dir():
        kind = "file" if there.exists() else "link to nothing"
        if there == path:
            raise ValueError(f"{given} is a {kind}: give a folder.")
        raise ValueError(
            f"{given} cannot be made, because {there} is a {kind}: choose "
            "another folder."
        )
    for part in path.parts:
        _require_length(part, path)
    try:
        # On most systems such a file has no name at all.
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise ValueError(
            f"{given} cannot be written ({error.strerror or error}): choose "
            "another folder, or make this one writable."
        ) from error


def require_file(
    path: str | os.PathLike,
    argument: str = "output",
    overwrite: bool | None = False,
    inputs: Iterable[str | os.PathLike] = (),
) -> None:
    """Checks that a file can be written; leaves nothing behind.

    Args:
        path: Path of the file.
        argument: str. Its name for messages. Defaults to `"output"`.
        overwrite: bool or `None`. Whether a file there may be replaced; it
            may not with `None`, where the caller has no such argument.
            Defaults to `False`.
        inputs: Iterable of paths that are read and must stay, under whatever
            name. Defaults to none.

    Raises:
        ValueError: If it cannot be written, or something would be lost.
    """
    path = pathlib.Path(path)
    given = f"`{argument}={path}`"
    _require_length(path.name, path)
    if path.is_dir():
        raise ValueError(f"{given} is a folder: give the name of a file.")
    if path.exists() and identity(path) in set(map(identity, inputs)):
        raise ValueError(
            f"{given} is one of the files that are read and would be "
            "overwritten: choose another name."
        )
    if os.path.lexists(path) and not overwrite:
        advice = (
            "" if overwrite is None else ", or pass `overwrite` to replace it"
        )
        raise ValueError(
            f"{given} exists already: choose another name{advice}."
        )
    require_folder(path.parent, argument)


def require_results(
    paths: Iterable[pathlib.Path], folder: str | os.PathLike
) -> None:
    """Checks that the files of a folder, at any depth, can be written.

    Args:
        paths: Iterable of paths of files in the folder.
        folder: Path of the folder; need not exist.

    Raises:
        ValueError: If a folder is where a file is to be or the other way
            round, or if a name is too long.
    """
    folder = pathlib.Path(folder)
    seen = set()
    for path in paths:
        _require_length(path.name, path)
        if path.is_dir():
            raise ValueError(
                f"{path} is a folder, and a file of this name is to be "
                "written: remove it, or choose another `output`."
            )
        # Folders that are there can be in the way, too.
        for parent in path.parents:
            if parent == folder or parent in seen:
                break
            seen.add(parent)
            if os.path.lexists(parent) and not parent.is_dir():
                raise ValueError(
                    f"{parent} is a file, and a folder of this name is to be "
                    "made: remove it, or choose another `output`."
                )


def identity(path: str | os.PathLike) -> tuple:
    """Tells files apart, by whatever names they are called.

    Symbolic and hard links, `..` and another case of letters make no
    difference where the file exists.

    Args:
        path: Path; need not exist.

    Returns:
        tuple, equal for names of the same file.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return (os.path.realpath(path),)
    return found.st_dev, found.st_ino


def _nearest(path):
    """The path itself, or the first folder around it that is there."""
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def _require_length(name, path):
    size = len(os.fsencode(name))
    if size > MOST_NAME_BYTES:
        raise ValueError(
            f"{path} is too long a name: it has {size} bytes, and file systems "
            f"take {MOST_NAME_BYTES}; rename what it is made from, or choose "
            "another name."
        )
