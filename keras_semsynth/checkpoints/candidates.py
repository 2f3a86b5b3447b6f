"""Finding the weights of one network among what a training script saved."""

import dataclasses
import logging
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np

from keras_semsynth.checkpoints.inert import Inert

# Wrappers of PyTorch that put a name before every key.
_TRANSPARENT = ("module", "_orig_mod")
# What training scripts call a network of each kind, in lower case.
_KINDS = {
    "generator": ("generator", "netg", "net_g", "gen", "g", "netema"),
    "discriminator": ("discriminator", "netd", "net_d", "disc", "d"),
    "encoder": ("encoder", "nete", "net_e", "enc", "e"),
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
# Weights that no network is made of.
_OTHERS = ("opt", "sched", "scaler", "rng")
_DEPTH = 4
# Names that wrappers and scripts put before one another.
_MOST_PREFIXES = 8
# Looked at in a search; a large checkpoint has some ten thousand.
_MOST_ENTRIES = 1_000_000


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A state dict inside of what was saved.

    Args:
        path: tuple of str. The names that lead to it; empty for the whole.
        arrays: Mapping, key -> array.
    """

    path: tuple[str, ...]
    arrays: Mapping

    @property
    def name(self) -> str:
        """The path as one text."""
        return ".".join(self.path)

    @property
    def kind(self) -> str | None:
        """The kind of network its path names."""
        kinds = [_kind_of(name) for name in self.path]
        return next((kind for kind in reversed(kinds) if kind), None)

    @property
    def is_average(self) -> bool:
        """Whether it is called a moving average of weights."""
        words = "_".join(self.path).lower().replace(".", "_").split("_")
        return bool({"ema", "netema", "averaged"} & set(words))


def choose(
    saved: Mapping, kind: str | None = None, weights_key: str | None = None
) -> dict:
    """Finds the state dict of a network.

    Args:
        saved: Mapping as it was saved: a state dict, or one under a name,
            perhaps beside others.
        kind: str or `None`. The kind of network: `"generator"`,
            `"discriminator"` or `"encoder"`. State dicts that are called
            another are left out. Defaults to `None`: any.
        weights_key: str or `None`. The name of the state dict, with dots
            where it lies deeper. Defaults to `None`: the moving average if
            there is one, else the first; a line says so.

    Returns:
        dict, official key -> array.

    Raises:
        ValueError: If there is none, or none of that name or kind.
    """
    found = list(_search(saved, (), _Patience()))
    if not found:
        raise ValueError(
            "`state` must map official keys to arrays, or be the path of a "
            f"file that does. Received: {_described(saved)}."
        )
    names = ", ".join(c.name or "the keys themselves" for c in found)
    if weights_key is not None:
        named = [
            c
            for c in found
            if weights_key in (c.name, c.path[-1] if c.path else "")
        ]
        if len(named) != 1:
            problem = "names several" if named else "is not there"
            raise ValueError(
                f"`weights_key={weights_key}` {problem}; the state dicts are: "
                f"{names}."
            )
        return dict(named[0].arrays)
    if kind is not None:
        fitting = [c for c in found if c.kind in (kind, None)]
        found = [c for c in fitting if c.kind == kind] or fitting
        if not found:
            raise ValueError(
                f"There is no {kind} among the state dicts: {names}. Give "
                "`weights_key` if one of them is it."
            )
    # A few arrays beside a network, such as means, are no network.
    most = max(len(candidate.arrays) for candidate in found)
    found = [c for c in found if 2 * len(c.arrays) >= most]
    # Stable: the moving average, then the order of the file.
    found.sort(key=lambda candidate: not candidate.is_average)
    if len(found) > 1:
        taken = found[0].name
        others = ", ".join(candidate.name for candidate in found[1:])
        logging.getLogger(__name__).warning(
            "Weights: %s is taken, not %s. Give `weights_key` for another.",
            taken,
            others,
        )
    return dict(found[0].arrays)


class _Patience:
    """Ends a search in mappings that refer to one another over and over."""

    def __init__(self):
        self.left = _MOST_ENTRIES

    def spend(self, entries: int) -> None:
        self.left -= entries
        if self.left < 0:
            raise ValueError(
                "Its mappings refer to one another over and over: save the "
                "state dict of one network alone."
            )


def _search(saved, path, patience):
    """Yields the candidates in a mapping."""
    patience.spend(1 + len(saved))
    arrays = {
        key: value
        for key, value in saved.items()
        if isinstance(key, str) and _is_array(value)
    }
    nested = []
    if len(path) < _DEPTH:
        for key, value in saved.items():
            # An optimizer numbers what it keeps.
            if (
                isinstance(key, str)
                and isinstance(value, Mapping)
                and not key.lower().startswith(_OTHERS)
            ):
                nested += _search(value, (*path, key), patience)
    # Single numbers beside a network, such as a loss, are no network.
    most = max((len(c.arrays) for c in nested), default=0)
    if len(arrays) > most:
        yield from _split(arrays, path)
    yield from nested


def _split(arrays, path, depth=0):
    """Yields the networks whose names begin the keys of one mapping."""
    firsts = {key.partition(".")[0] for key in arrays if "." in key}
    whole = all("." in key for key in arrays)
    if depth == _MOST_PREFIXES:
        yield Candidate(path, arrays)
    elif whole and len(firsts) == 1 and firsts <= set(_TRANSPARENT):
        yield from _split(_under(arrays, firsts), path, depth + 1)
    elif any(_kind_of(first) for first in firsts):
        # No official key begins so: what else there is, is no network.
        for first in dict.fromkeys(key.partition(".")[0] for key in arrays):
            if _kind_of(first):
                inside = _under(arrays, {first})
                yield from _split(inside, (*path, first), depth + 1)
    else:
        yield Candidate(path, arrays)


def _under(arrays: Mapping, firsts: Iterable[str]) -> dict:
    split = ((key.partition("."), value) for key, value in arrays.items())
    return {key[2]: value for key, value in split if key[0] in firsts}


def _kind_of(name):
    """The kind of network of this name, with or without its average."""
    name = name.lower().removeprefix("ema_")
    for ending in ("_ema", "_state_dict", "_state"):
        name = name.removesuffix(ending)
    return _KIND_OF.get(name)


def _is_array(value):
    is_number = isinstance(value, np.generic)
    return hasattr(value, "shape") and hasattr(value, "dtype") and not is_number


def _described(saved):
    if not saved:
        return "nothing"
    return ", ".join(
        f"{key}: {value!r}" if isinstance(value, Inert) else str(key)
        for key, value in list(saved.items())[:20]
    )
