"""Loads networks from files that others may have written."""

import os
import pathlib
from typing import TypeVar

import keras

from keras_semsynth import backend
from keras_semsynth.files.keras_archive import KerasArchive
from keras_semsynth.files.keras_archive import read_archive

Network = TypeVar("Network", bound=keras.Model)
_LONGEST_REASON = 300


class NetworkFileError(ValueError):
    """Says in one sentence why a file gives no network."""


def load_network(
    path: str | os.PathLike, kind: type[Network], advice: str, name: str = ""
) -> Network:
    """Loads a network of this package from a `.keras` file.

    The file is looked through before Keras sees it: it names no classes of
    others, and what is built holds no more numbers than the file does.

    Args:
        path: Path of the file.
        kind: Class that the network must be of. Its module registers it.
        advice: str. What to give instead of a file that cannot be used, the
            end of a sentence.
        name: str. Names the file in messages, e.g. `` "`scorer=a.keras`" ``.
            Defaults to its path.

    Returns:
        The network with its weights, not compiled.

    Raises:
        NetworkFileError: If there is no such file, or it cannot be used.

    Example:

    >>> load_network("a.keras", Generator, "give the generator.keras of a run")
    <SPADEGenerator name=spade_generator, built=True>
    """
    path = pathlib.Path(path)
    name = name or str(path)
    if not path.is_file():
        raise NetworkFileError(f"There is no file {name}: {advice}.")
    # By its name, Keras takes another file for one of its older formats.
    if path.suffix != ".keras":
        raise NetworkFileError(
            f"The name of {name} must end in .keras: {advice}."
        )
    try:
        archive = read_archive(path)
        cls = _find_class(archive)
    except (ValueError, OSError) as error:
        raise _unreadable(name, error, advice) from error
    if not issubclass(cls, kind):
        raise NetworkFileError(
            f"{name} holds a {cls.__name__}, not a {kind.__name__}: {advice}."
        )
    try:
        _check_size(archive)
        return keras.models.load_model(path, compile=False)
    # Constructors, Keras and backends raise errors of any kind for arguments
    # that do not fit.
    except Exception as error:
        raise _unreadable(name, _first(error), advice) from error


def _find_class(archive: KerasArchive) -> type:
    registered = archive.config["registered_name"]
    cls = keras.saving.get_registered_object(registered)
    if cls is None:
        title = archive.config["class_name"][:40]
        raise ValueError(f"this version has no class {title}")
    return cls


def _check_size(archive: KerasArchive) -> None:
    """Raises `ValueError` if the network is larger than its weights."""

    def count():
        network = keras.saving.deserialize_keras_object(archive.config)
        return backend.count_numbers(network.weights)

    numbers = backend.unallocated(count)
    if numbers > archive.stored.numbers:
        raise ValueError(
            f"its network has {numbers} numbers, but the file holds "
            f"{archive.stored.numbers}"
        )


def _first(error):
    """The error that Keras's own, which shows all arguments, came from."""
    while True:
        earlier = error.__cause__ or error.__context__
        if earlier is None or isinstance(error, MemoryError):
            return error
        error = earlier


def _unreadable(name, error, advice):
    if isinstance(error, MemoryError):
        reason = "it takes more memory than there is"
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    else:
        text = str(error.args[0] if error.args else type(error).__name__)
        reason = " ".join(text.split()).rstrip(".:")
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[: _LONGEST_REASON - 3]}..."
    return NetworkFileError(
        f"{name} cannot be read as a network of this package ({reason}): "
        f"{advice}."
    )
