"""Opening and unwrapping official state dicts."""

import collections
import os
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_semsynth.checkpoints.candidates import choose
from keras_semsynth.checkpoints.kinds import KIND_NAMES
from keras_semsynth.checkpoints.kinds import kind_of
from keras_semsynth.checkpoints.pth import read_pth
from keras_semsynth.checkpoints.safetensors import read_safetensors

_LONGEST_KEY = 500


def open_state(
    state: Mapping | str | os.PathLike,
    parts: Mapping[str, Sequence[str]] | None = None,
    kind: str | None = None,
    weights_key: str | None = None,
) -> dict[str, np.ndarray]:
    """Return a flat `dict` of official key -> `np.ndarray`.

    Args:
        state: Mapping of official keys to arrays or tensors, or the path of a
            `.pth` or `.safetensors` file. It may lie under a name
            (`{"state_dict": ...}`), beside other networks and other data.
            Every key may start with the names that `DataParallel`, `compile`
            (`module.`, `_orig_mod.`) or a script (`netG.`) put before it.
            With `parts` also a mapping of part names to such states, or the
            path of a folder that holds one file of each part.
        parts: dict, part name -> tuple of file names it was published under,
            for networks published in several files. Their keys are put into
            one `dict`. Defaults to none.
        kind: str or `None`. What the network is, where a file may hold
            several: `"generator"`, `"discriminator"` or `"encoder"`.
            Defaults to `None`.
        weights_key: str or `None`. Name of the state dict in the file.
            Defaults to `None`: the moving average if there is one, else the
            first; a line says so.

    Raises:
        ValueError: If there is no state dict in it, or a part is missing or
            has a key of another part.
        FileNotFoundError: If the folder lacks the file of a part.
    """
    pieces = _pieces(state, parts) if parts else None
    if pieces is not None:
        return _joined(pieces, weights_key)
    if isinstance(state, (str, os.PathLike)):
        path = os.fspath(state)
        try:
            return _chosen(_read(path), kind, weights_key)
        except ValueError as error:
            if path in str(error):
                raise
            raise ValueError(f"{path}: {error}") from error
    return _chosen(state, kind, weights_key)


def _chosen(state, kind, weights_key):
    """The arrays of one network. What a file holds is never a path."""
    if not isinstance(state, collections.abc.Mapping):
        raise ValueError(
            "`state` must map official keys to arrays, or be the path of a "
            f"file that does. Received: {type(state).__name__}."
        )
    chosen = choose(state, kind, weights_key)
    longest = max(map(len, chosen))
    if longest > _LONGEST_KEY:
        raise ValueError(
            f"It has a key of {longest} letters, so it is no state dict of a "
            "network: the longest official ones have about 100."
        )
    return {key: _to_numpy(value) for key, value in chosen.items()}


def _read(path):
    """Reads a file by what it is, whatever its name says."""
    kind = kind_of(path)
    if kind in ("hdf5", "keras"):
        raise ValueError(
            f"{path} is {KIND_NAMES[kind]}: give weights of PyTorch, a .pth "
            "or .safetensors file."
        )
    return read_safetensors(path) if kind == "safetensors" else read_pth(path)


def _pieces(state, parts):
    """`dict` of part -> state, or `None` where `state` has no parts."""
    if isinstance(state, (str, os.PathLike)):
        if not os.path.isdir(state):
            return None
        return {part: _find(state, part, parts[part]) for part in parts}
    if not isinstance(state, collections.abc.Mapping) or not (
        set(state) & set(parts)
    ):
        return None
    if set(state) != set(parts):
        raise ValueError(
            f"`state` must have the parts {', '.join(parts)}. "
            f"Received: {', '.join(map(str, state))}."
        )
    return dict(state)


def _find(folder, part, names):
    others = [f"{os.path.splitext(name)[0]}.safetensors" for name in names]
    for name in (*names, *others):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        f"The folder {os.fspath(folder)!r} lacks the {part} of the network: "
        f"no file {' or '.join(names)}."
    )


def _joined(pieces, weights_key):
    joined = {}
    for part, piece in pieces.items():
        piece = open_state(piece, weights_key=weights_key)
        twice = sorted(set(piece) & set(joined))
        if twice:
            raise ValueError(
                f"The {part} has keys of another part: {', '.join(twice)}. "
                "Was one file given twice?"
            )
        joined.update(piece)
    return joined


def _to_numpy(value):
    if hasattr(value, "detach"):  # a PyTorch tensor, possibly of bfloat16
        value = value.detach().cpu()
        if value.is_floating_point():
            value = value.float()
    return np.asarray(value)
