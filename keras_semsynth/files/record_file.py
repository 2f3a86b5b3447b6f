"""Files of records, read in any order, in which a flipped byte is found."""

import os
import threading
import types

# One record a block: it is read and checked alone. PNG is compressed already.
_WRITER = "group_size:1,uncompressed"
_READER = "readahead_buffer_size:0,max_parallelism:0"
_BUFFER = 1 << 16


class RecordError(ValueError):
    """Says in one sentence which record cannot be read, and why."""


class RecordWriter:
    """Writes an ArrayRecord file, which is whole once it is closed.

    Args:
        path: Path of the file.

    Raises:
        ImportError: If the package that writes it is not installed.
        OSError: If it cannot be written.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = path
        module = require_array_record()
        self._writer = _written(module.ArrayRecordWriter, str(path), _WRITER)

    def write(self, record: bytes) -> None:
        """Appends a record.

        Args:
            record: bytes.

        Raises:
            OSError: If it cannot be written.
        """
        _written(self._writer.write, record)

    def close(self) -> None:
        """Writes the rest.

        Raises:
            OSError: If it cannot be written.
        """
        _written(self._writer.close)


class RecordReader:
    """Reads records of an ArrayRecord file, which is opened when needed.

    Several threads may read at a time.

    Args:
        path: Path of the file.
        count: int. How many records there must be.
    """

    def __init__(self, path: str | os.PathLike, count: int):
        self.path = path
        self.count = count
        self._reader = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self.count

    def read(self, index: int) -> bytes:
        """Reads a record and checks its hash.

        Args:
            index: int in `[0, len(reader))`.

        Returns:
            bytes.

        Raises:
            RecordError: If the file or the record is damaged.
            ImportError: If the package that reads it is not installed.
        """
        with self._lock:
            if self._reader is None:
                self._reader = self._open()
        try:
            (record,) = self._reader.read([index])
        except (RuntimeError, IndexError, ValueError) as error:
            raise RecordError(
                f"Record {index} of {self.path} is damaged "
                f"({_reason(error)}): restore the file from a copy, or pack "
                "the data anew."
            ) from error
        return record

    def _open(self):
        module = require_array_record()
        try:
            reader = module.ArrayRecordReader(
                str(self.path), _READER, file_reader_buffer_size=_BUFFER
            )
            count = reader.num_records() if reader.ok() else 0
        except (RuntimeError, ValueError) as error:
            raise RecordError(
                f"{self.path} cannot be read ({_reason(error)}): restore it "
                "from a copy, or pack the data anew."
            ) from error
        if count != self.count:
            raise RecordError(
                f"{self.path} is damaged: it must hold {self.count} records, "
                f"but {count} can be found; restore it from a copy, or pack "
                "the data anew."
            )
        return reader


def require_array_record() -> types.ModuleType:
    """Imports what reads and writes ArrayRecord files.

    Returns:
        Module.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        from array_record.python import array_record_module
    except ImportError as error:
        raise ImportError(
            "Packed data need the package array_record: "
            'pip install "keras_semsynth[pack]".'
        ) from error
    return array_record_module


def _written(function, *arguments):
    try:
        return function(*arguments)
    except RuntimeError as error:
        # Its text is all that tells a full disk from other failures.
        raise OSError(str(error)) from error


def _reason(error):
    """The first part of what the library says, without numbers of bytes."""
    return str(error).split(": ", 1)[-1].split(" (")[0].split(";")[0]
