"""Errors of commands: one sentence and an exit status."""

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import NoReturn

from keras_semsynth import backend
from keras_semsynth.commands.flag_groups import say_flags
from keras_semsynth.experiments import PartError
from keras_semsynth.files import DiskFullError
from keras_semsynth.files.atomic import is_disk_full


class FailedError(Exception):
    """A command that began its work and could not end it.

    Args:
        text: str. One sentence.
        status: int. Exit status. Defaults to `1`.
    """

    def __init__(self, text: str, status: int = 1):
        super().__init__(text)
        self.status = status


@contextlib.contextmanager
def one_sentence(
    debug: bool = False, names: dict | None = None, lists: bool = False
) -> Iterator[None]:
    """Turns expected errors of a block into one sentence and an exit status.

    Args:
        debug: bool. Shows the traceback instead. Defaults to `False`.
        names: dict, part (or `None`) -> dict of argument -> flag, with which
            messages are translated. Defaults to `None`.
        lists: bool. Whether lines stay lines. Defaults to `False`.

    Raises:
        SystemExit: With status 2 for a mistake of the caller, 1 for a failure
            during the work.
    """
    try:
        yield
    except (ValueError, OSError, ImportError, FailedError) as error:
        if debug:
            raise
        known = dict((names or {}).get(None, {}))
        cause = error.__cause__ if isinstance(error, FailedError) else error
        if isinstance(cause, PartError):
            known |= (names or {}).get(cause.kind, {})
        failed = isinstance(error, (FailedError, DiskFullError))
        status = getattr(error, "status", 1) if failed else 2
        if is_disk_full(error) and not failed:
            _fail_of_space(error)
        fail(_say(_told(error), known), status, lists)
    except Exception as error:
        # Libraries have errors of their own for both.
        if debug:
            raise
        if is_disk_full(error):
            _fail_of_space(error)
        if not backend.is_out_of_memory(error):
            raise
        fail(_say(_say_memory(error), (names or {}).get(None, {})), 1)


def _say(text, names):
    """Says flags; what is none, such as a field of a file, gets quotes."""
    return re.sub(r"`(\w+(?:=[^`]*)?)`", r"'\1'", say_flags(text, names))


def _fail_of_space(error):
    name = getattr(error, "filename", None)
    where = f" ({name} could not be written)" if name else ""
    fail(
        f"A disk is full{where}: free some space and try again.",
        1,
    )


def _told(error):
    """What an error says, in a sentence where the system says a code."""
    plain = isinstance(error, OSError) and not isinstance(error, DiskFullError)
    if not plain or error.strerror is None or str(error) == error.strerror:
        return str(error)
    what = "A file" if error.filename is None else str(error.filename)
    if error.filename2 is not None:
        what = str(error.filename2)  # the first one was on its way there
    return f"{what} cannot be used: {error.strerror}."


def _say_memory(error):
    if isinstance(error, backend.OutOfMemoryError):
        return str(error)
    free = backend.free_memory()
    free = "" if free is None else f" ({backend.say_bytes(free)} are free)"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return (
        f"There is not enough memory{free}: {lines[0]}. Use fewer or smaller "
        "files, a smaller network or batch, or end other programs."
    )


def fail(text: str, status: int, lists: bool = False) -> NoReturn:
    """Prints an error as one paragraph and ends the process.

    Args:
        text: str.
        status: int. Exit status.
        lists: bool. Whether lines stay lines. Defaults to `False`.

    Raises:
        SystemExit: Always.
    """
    if not lists:
        text = " ".join(text.split())
    print(f"Error: {text}", file=sys.stderr, flush=True)
    raise SystemExit(status)
