"""Public files that are fetched once, checked, and kept."""

import contextlib
import os
import pathlib
import re
import socket
import sys
import urllib.parse
import zipfile

import keras

from keras_semsynth.files import atomic
from keras_semsynth.files.checksum import file_sha256

# The folder in Keras' own that holds what this package has fetched.
_FOLDER = "keras_semsynth"
# Of silence. Without a limit a dead connection would wait for ever.
_PATIENCE_SECONDS = 60.0


class FetchError(OSError):
    """Says why a public file could not be fetched, without a full stop."""


def fetched_files_dir() -> pathlib.Path:
    """Returns the folder in which fetched files are kept.

    Returns:
        `pathlib.Path`: `keras_semsynth` in the folder that the environment
        variable `KERAS_HOME` names, or else in `~/.keras`.
    """
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    return pathlib.Path(home).expanduser() / _FOLDER


def fetch(
    address: str,
    sha256: str,
    path: str | os.PathLike,
    member: str | None = None,
    member_sha256: str | None = None,
) -> None:
    """Fetches a public file with Keras' downloader, and shows how far it is.

    The file appears whole and checked or not at all, so that processes which
    fetch it at the same time do no harm to each other.

    Args:
        address: str. What to fetch: an address of http, https or file.
        sha256: str. SHA-256 of what lies there.
        path: str or path-like. Where the file shall stand; what is there is
            replaced.
        member: str or `None`. The path of the file inside the zip archive
            that lies at the address. Defaults to `None`: it is the file.
        member_sha256: str or `None`. SHA-256 of that file.
            Defaults to `None`.

    Raises:
        FetchError: If it cannot be fetched, or is not the one expected;
            nothing is left of it then.
        DiskFullError: If it does not fit on its disk.
    """
    path = pathlib.Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.remove_leftovers(path.parent)
        # Keras would take a folder of its own choice instead.
        if not os.access(path.parent, os.W_OK):
            raise FetchError(f"{path.parent} cannot be written")
        with atomic.atomic_path(path) as temporary:
            if member is None:
                _download(address, sha256, temporary)
            else:
                _download_member(address, sha256, temporary, member)
                _check(temporary, member_sha256, member)
    except (FetchError, atomic.DiskFullError):
        raise
    except OSError as error:
        raise FetchError(
            f"{path} cannot be written ({error.strerror or error})"
        ) from error


def _download(address, sha256, path):
    with _announced(address, path), _impatient():
        try:
            keras.utils.get_file(
                path.name,
                address,
                cache_dir=os.fspath(path.parent),
                cache_subdir="",
                file_hash=sha256,
                hash_algorithm="sha256",
            )
        # Keras raises bare exceptions.
        except Exception as error:
            if atomic.is_disk_full(error):
                raise
            name = _name(address)
            if path.is_file():
                _check(path, sha256, name)
            raise FetchError(
                f"{name} could not be fetched ({_reason(error)})"
            ) from error


def _download_member(address, sha256, path, member):
    archive = atomic.temporary_path(path)
    try:
        _download(address, sha256, archive)
        with (
            zipfile.ZipFile(archive) as packed,
            packed.open(member) as source,
            open(path, "wb") as target,
        ):
            while block := source.read(1 << 20):
                target.write(block)
    finally:
        atomic.remove(archive)


def _check(path, sha256, what):
    found = file_sha256(path)
    if found != sha256:
        raise FetchError(
            f"What came as {what} was damaged on the way, or is another "
            f"file, and was removed (its SHA-256 is {found}, published is "
            f"{sha256})"
        )


def _name(address):
    return urllib.parse.urlsplit(address).path.rpartition("/")[2]


def _reason(error):
    """The end of what Keras says: "URL fetch failure on ...: ... -- ..."."""
    said = str(error).rpartition(" -- ")[2] or type(error).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", said)


@contextlib.contextmanager
def _announced(address, path):
    """Leaves the progress to Keras on a terminal, else prints a line."""
    if sys.stdout.isatty() or not keras.config.is_interactive_logging_enabled():
        yield
        return
    name = _name(address)
    print(f"Fetching {name} from {address} ...", flush=True)
    # Keras' bar would fill a log with thousands of lines.
    keras.config.disable_interactive_logging()
    try:
        yield
    finally:
        keras.config.enable_interactive_logging()
    print(f"Fetched {name}.", flush=True)


@contextlib.contextmanager
def _impatient():
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
