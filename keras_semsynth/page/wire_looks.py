"""Looks on the wire: style codes, and the looks of classes."""

import base64
import binascii
import json
from collections.abc import Mapping

import numpy as np

LAST_SEED = 2**31 - 1


def encode_code(code: np.ndarray) -> str:
    """Returns a style code as base64 of little-endian float32."""
    return base64.b64encode(code.astype("<f4").tobytes()).decode()


def decode_code(text: str, length: int) -> np.ndarray:
    """Reads a style code.

    Args:
        text: str, what `encode_code` returned.
        length: int. Numbers in it.

    Returns:
        `float32` array `(length,)`.

    Raises:
        ValueError: If it is none.
    """
    try:
        code = np.frombuffer(base64.b64decode(text, validate=True), "<f4")
    except (binascii.Error, ValueError):
        code = np.zeros(0, "float32")
    if code.shape != (length,) or not np.isfinite(code).all():
        raise ValueError(
            f"must be the answer of /api/style: {length} finite float32 "
            "numbers in base64."
        )
    return code.astype("float32")


def read_class_looks(
    text: str, num_classes: int, length: int | None
) -> Mapping[int, int | np.ndarray]:
    """Reads the looks of classes.

    Args:
        text: str. JSON object, class id -> a seed, or a style code as text.
        num_classes: int.
        length: int. Numbers in a style code, or `None` if the model takes none
            by class.

    Returns:
        dict, class id -> seed, or `float32` array `(length,)`.

    Raises:
        ValueError: If it is anything else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError('must be a JSON object, such as {"3": 17}.')
    looks = {}
    for key, value in found.items():
        if not (key.isascii() and key.isdigit() and len(key) < 6) or (
            int(key) >= num_classes
        ):
            raise ValueError(
                f"must name ids from 0 to {num_classes - 1}, not {key[:20]!r}."
            )
        if isinstance(value, str) and length is not None:
            looks[int(key)] = decode_code(value, length)
        elif type(value) is int and 0 <= value <= LAST_SEED:
            looks[int(key)] = value
        else:
            codes = "" if length is None else ", or answers of /api/style"
            raise ValueError(f"must hold seeds from 0 to {LAST_SEED}{codes}.")
    return looks
