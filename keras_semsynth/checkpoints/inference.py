"""Reading constructor arguments out of the shapes of an official state."""

import collections
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

# Either name a kernel can have: spectrally normalized or not.
KERNEL = r"weight(_orig)?"
# Activations and the like have a place in PyTorch's lists, but no key.
_PLACES_WITHOUT_KEYS = 50


def vote(
    state: Mapping[str, np.ndarray], votes: Mapping[str, Callable]
) -> int | None:
    """Read one number out of the shapes of many keys.

    One key may be missing or wrong: the others still tell, so that the key can
    be named in an error.

    Args:
        state: dict, official key -> array.
        votes: dict, regular expression of whole keys -> function of the shape
            that returns the number, or `None` where it cannot tell.

    Returns:
        The most frequent number, or `None` if no key told.
    """
    counter = collections.Counter()
    for pattern, function in votes.items():
        for key, value in state.items():
            if re.fullmatch(pattern, key):
                try:
                    number = function(value.shape)
                except IndexError:  # too few axes: a wrong key, no vote
                    continue
                if number is not None:
                    counter[number] += 1
    return counter.most_common(1)[0][0] if counter else None


def require(what: str, network: str, number: int | None) -> int:
    """Return `number`, or raise if no key of the network told it."""
    if number is None or number < 1:
        raise ValueError(
            f"This is no state of a {network}: no key tells {what}."
        )
    return number


def odd_size(shape: Sequence[int]) -> int | None:
    """Side of a convolution kernel; `None` for what cannot be one."""
    return shape[2] if len(shape) == 4 and shape[2] % 2 else None


def has_key(state: Mapping[str, np.ndarray], pattern: str) -> bool:
    """Whether a whole key matches the regular expression."""
    return any(re.fullmatch(pattern, key) for key in state)


def numbers(state: Mapping[str, np.ndarray], pattern: str) -> list[int]:
    """The different numbers of the first group in all keys that match.

    Raises:
        ValueError: If one is far above the number of keys: what is counted by
            it would not be in the file.
    """
    matches = (re.fullmatch(pattern, key) for key in state)
    found = sorted({int(match[1]) for match in matches if match})
    if found and found[-1] > len(state) + _PLACES_WITHOUT_KEYS:
        raise ValueError(
            f"The state numbers one of its parts {found[-1]}, but has only "
            f"{len(state)} keys."
        )
    return found


def classes_and_edges(
    channels: int | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Split the channels of the semantic input into classes and edge map.

    Shapes tell their sum only; one of the two options tells the rest, and
    without any there is no edge map. `channels` is `None` where every key that
    tells it is missing: any number will do to name those keys.
    """
    if channels is None:
        given = {"num_classes": options.get("num_classes", 1)}
        return {**given, "use_edge_map": bool(options.get("use_edge_map"))}
    if "num_classes" in options and "use_edge_map" not in options:
        edges = channels - options["num_classes"] == 1
    else:
        edges = bool(options.get("use_edge_map", False))
    return {"num_classes": channels - int(edges), "use_edge_map": edges}


def normalization(
    state: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    plain: str = "instance",
) -> str:
    """Name of the normalization.

    Batch statistics are synchronized or not, which no key shows: an option
    decides, the default is the official one, `"sync_batch"`.

    Args:
        state: dict, official key -> array.
        options: dict, what the caller gave.
        plain: str. The name where no statistics are in the state.
            Defaults to `"instance"`.
    """
    if not has_key(state, r".*\.running_(mean|var)"):
        return plain
    given = options.get("normalization")
    return given if given in ("batch", "sync_batch") else "sync_batch"


def spectral(state: Mapping[str, np.ndarray]) -> bool:
    """Whether any kernel is under spectral normalization."""
    return has_key(state, r".*\.weight_(orig|u|v)")
