"""Networks as files that a full disk cannot turn into a crash."""

import io
import os
import pathlib
from typing import Any

from keras_semsynth.files import atomic


def save_network(network: Any, path: str | os.PathLike) -> None:
    """Saves a network, or its weights, atomically.

    Args:
        network: Built `keras.Model`.
        path: Path that ends in `.keras` for a whole network or in
            `.weights.h5` for weights.

    Raises:
        DiskFullError: If it did not fit; what was there is intact.
    """
    with atomic.atomic_path(path) as temporary:
        write_network(network, temporary)


def write_network(network: Any, path: str | os.PathLike) -> None:
    """Writes a network, or its weights, into a file.

    Args:
        network: Built `keras.Model`.
        path: Path that ends in `.keras` or `.weights.h5`.

    Raises:
        OSError: If it could not be written; half a file is left then.
    """
    path = pathlib.Path(path)
    with open(path, "w+b", buffering=0) as file:
        calm = _CalmFile(file)
        try:
            if path.suffix == ".keras":
                network.save(calm)
            else:
                network.save_weights(calm)
        finally:
            # Whatever else went wrong came of it.
            if calm.error is not None:
                raise calm.error


class _CalmFile(io.BytesIO):
    """Passes everything on to a file, and keeps its first error to itself.

    HDF5 ends the process by a segmentation fault if its file cannot be
    written when it is closed. Here it never learns of that: after an error,
    writing goes nowhere and reading gives zeros, and who called has to ask
    for `error`. Keras takes paths and objects of `io.BytesIO` (which this one
    is in name only), and tells the format by the ending of its `str`.

    Args:
        file: Unbuffered binary file, open for reading and writing.
    """

    def __init__(self, file: io.FileIO):
        super().__init__()
        self._file = file
        self.error = None

    def __str__(self):
        # Not the whole path: Keras takes some folders for remote ones.
        return os.path.basename(self._file.name)

    def write(self, data):
        data = memoryview(data).cast("B")
        done = 0
        while done < len(data) and self.error is None:
            # A write that the disk has no room for may end halfway.
            done += self._try(self._file.write, data[done:]) or 0
        return len(data)

    def readinto(self, buffer):
        if self.error is None:
            return self._try(self._file.readinto, buffer) or 0
        buffer = memoryview(buffer).cast("B")
        buffer[:] = bytes(len(buffer))
        return len(buffer)

    def seek(self, *place):
        return self._file.seek(*place)

    def tell(self):
        return self._file.tell()

    def truncate(self, size=None):
        if self.error is None:
            self._try(self._file.truncate, size)
        return size

    def _try(self, function, *arguments):
        try:
            return function(*arguments)
        except OSError as error:
            self.error = error
            return None
