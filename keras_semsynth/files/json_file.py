"""Reads JSON that others may have written, damaged or made to do harm."""

import codecs
import json
import math
import os
import pathlib
from typing import Any

from keras_semsynth.files.json_form import CONTENT
from keras_semsynth.files.json_form import Form
from keras_semsynth.files.json_form import describe_value

# What reading takes is some sixty times the text at worst: `[[],[],[],...]`.
MAX_BYTES = 8 * 2**20
MAX_DEPTH = 64
# Every whole number of 64 bits.
_MAX_DIGITS = 20
_WIDE = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class JSONError(ValueError):
    """Says in one sentence why JSON cannot be used.

    Args:
        source: Names the file.
        reason: str. What is wrong, without the file and without advice.
        advice: str. What to do about it.
    """

    def __init__(self, source: str | os.PathLike, reason: str, advice: str):
        super().__init__(f"{source} cannot be read ({reason}): {advice}.")
        self.reason = reason


def read_json(
    path: str | os.PathLike,
    form: Form,
    advice: str = "restore it from a copy",
    max_bytes: int = MAX_BYTES,
) -> Any:
    """Reads a JSON file of a known form.

    Args:
        path: Path of a file of UTF-8 text, with or without a byte order mark.
        form: `Form` of its content.
        advice: str. What to do about a file that cannot be used. Defaults to
            restoring it.
        max_bytes: int. Length of the largest file that is read. Defaults to
            8 MiB.

    Returns:
        What the file holds.

    Raises:
        FileNotFoundError: If there is no such file.
        JSONError: If it cannot be read, or is of another form.

    Example:

    >>> read_json("dataset.json", fields({"num_classes": whole(1)}))
    {'num_classes': 10}
    """
    path = pathlib.Path(path)
    try:
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        raise JSONError(path, "it is a folder", advice) from None
    except OSError as error:
        raise JSONError(path, str(error.strerror), advice) from error
    return parse_json(data, path, form, advice, max_bytes)


def parse_json(
    data: bytes,
    source: str | os.PathLike,
    form: Form,
    advice: str = "restore it from a copy",
    max_bytes: int = MAX_BYTES,
) -> Any:
    """Reads JSON of a known form, as `read_json` does.

    Args:
        data: bytes of UTF-8 text.
        source: Names the file in messages.
        form, advice, max_bytes: As for `read_json`.

    Returns:
        What the text says.

    Raises:
        JSONError: If it cannot be read, or is of another form.
    """
    try:
        value = _decode(data, max_bytes)
        form.check(value, CONTENT)
    # `MemoryError` is for what `max_bytes` allows and the machine does not.
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error)
        if isinstance(error, MemoryError):
            reason = "it takes more memory than there is"
        raise JSONError(source, reason, advice) from error
    return value


def _decode(data, max_bytes):
    if len(data) > max_bytes:
        raise ValueError(
            f"it is longer than the {max_bytes / 2**20:.3g} MiB that such a "
            "file may have"
        )
    for mark, name in _WIDE:
        if data.startswith(mark):
            raise ValueError(f"it is {name}, not UTF-8")
    if not data.removeprefix(codecs.BOM_UTF8).strip(b" \t\r\n\0"):
        raise ValueError("it is empty")
    if b"\0" in data[:4]:
        raise ValueError("it is UTF-16 or no text, not UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"it is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}"
        ) from error
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short_int,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as error:
        raise ValueError(
            f"it is not JSON: {error.msg} in line {error.lineno}, column "
            f"{error.colno}"
        ) from error
    except RecursionError as error:
        raise ValueError(_too_deep()) from error
    _check_depth(value)
    return value


def _refuse_constant(word):
    raise ValueError(f"{word} is no number of JSON")


def _finite(digits):
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:20]} is too large")
    return value


def _short_int(digits):
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits is too large")
    return int(digits)


def _unique(pairs):
    value = dict(pairs)
    if len(value) < len(pairs):
        names = set()
        for name, _ in pairs:
            if name in names:
                raise ValueError(f"{describe_value(name)} stands there twice")
            names.add(name)
    return value


def _too_deep():
    return f"its lists and objects are more than {MAX_DEPTH} deep"


def _check_depth(value):
    """Raises `ValueError` for what later steps could not walk through."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [item for parent in level for item in _containers(parent)]
        if not level:
            return
    raise ValueError(_too_deep())


def _containers(value):
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, (dict, list))]
