"""Answers in JSON, read by the form that they must have and no other."""

import base64
import json

import numpy as np

# Braces, brackets and commas of an answer around its values.
_AROUND = 64
_MOST_AXES = 8


def decode_prediction(body: bytes, rows: int, values: int) -> np.ndarray:
    """Reads `{"predictions": [...]}`.

    A row is `{"b64": "..."}`, a number or a list of numbers; an output that
    is named in every row is taken as well.

    Args:
        body: bytes.
        rows: int. Rows that there must be.
        values: int. Numbers or strings that there may be.

    Returns:
        `float32` array `(rows, ...)` of finite values, or `object` array
        `(rows,)` of `bytes`.

    Raises:
        ValueError: If the body has another form.
    """
    answer = _parse(body, _AROUND + 2 * values)
    if not isinstance(answer, dict) or not isinstance(
        answer.get("predictions"), list
    ):
        raise ValueError(f"no list of predictions but {_begin(body)}")
    found = answer["predictions"]
    if len(found) != rows:
        raise ValueError(f"{len(found)} predictions instead of {rows}")
    found = [_unnamed(row) for row in found]
    if all(isinstance(row, dict) for row in found):
        return _strings(found)
    return _floats(found, values)


def error_text(body: bytes) -> str:
    """Reads what an answer with an error says.

    Args:
        body: bytes, of any form.

    Returns:
        str: the text of `{"error": "..."}`, or the beginning of the body.
    """
    try:
        answer = _parse(body, len(body))
        text = answer["error"] if isinstance(answer, dict) else None
    except (ValueError, KeyError):
        text = None
    if isinstance(text, str):
        return text
    return body[:200].decode("utf-8", "replace")


def _parse(body, marks):
    # Every value costs memory, a hundred bytes for two of the body.
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > marks:
        raise ValueError("more values than there can be")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (RecursionError, MemoryError):
        raise ValueError("it is nested too deeply, or too large") from None
    except ValueError:  # also of what is not UTF-8, and of endless integers
        raise ValueError(f"no JSON but {_begin(body)}") from None


def _refuse(name):
    raise ValueError(f"{name} is no number of JSON")


def _begin(body):
    return repr(body[:60])


def _unnamed(row):
    if isinstance(row, dict) and set(row) != {"b64"}:
        if len(row) != 1:
            raise ValueError(f"{len(row)} outputs instead of one")
        (row,) = row.values()
    return row


def _strings(rows):
    decoded = np.empty(len(rows), object)
    for i, row in enumerate(rows):
        if set(row) != {"b64"} or not isinstance(row["b64"], str):
            raise ValueError('a row that is not {"b64": "..."}')
        try:
            decoded[i] = base64.b64decode(row["b64"], validate=True)
        except ValueError:
            raise ValueError("a string that is no base64") from None
    return decoded


def _floats(rows, most):
    shape, level = [len(rows)], rows
    while level and isinstance(level[0], list):
        length = len(level[0])
        if not all(isinstance(x, list) and len(x) == length for x in level):
            raise ValueError("rows of several lengths")
        shape.append(length)
        if len(shape) > _MOST_AXES:
            raise ValueError("it is nested too deeply")
        level = [value for row in level for value in row]
    if len(level) > most:
        raise ValueError("more values than there can be")
    # `bool` counts as a number elsewhere, and NumPy reads numbers in texts.
    if not all(type(value) in (int, float) for value in level):
        raise ValueError("values that are no numbers")
    try:
        with np.errstate(over="ignore"):
            array = np.array(level, "float64").astype("float32")
    except OverflowError:
        raise ValueError("a number beyond float32") from None
    if not np.isfinite(array).all():
        raise ValueError("a number beyond float32")
    return array.reshape(shape)
