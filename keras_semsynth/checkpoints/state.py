"""Opening and unwrapping official state dicts."""

import collections
import os
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_semsynth.checkpoints.pth import read_pth

# Under which training scripts file a network among other things.
_WRAPPERS = ("state_dict", "model_state_dict", "model")


def open_state(
    state: Mapping | str | os.PathLike,
    parts: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, np.ndarray]:
    """Return a flat `dict` of official key -> `np.ndarray`.

    Args:
        state: Mapping of official keys to arrays or tensors, or the path of a
            `.pth` file. It may be wrapped as `{"state_dict": ...}` and every
            key may start with `module.`, as `torch.nn.DataParallel` leaves it.
            With `parts` also a mapping of part names to such states, or the
            path of a folder that holds one file of each part.
        parts: dict, part name -> tuple of file names it was published under,
            for networks published in several files. Their keys are put into
            one `dict`. Defaults to none.

    Raises:
        ValueError: If there is no state dict in it, or a part is missing or
            has a key of another part.
        FileNotFoundError: If the folder lacks the file of a part.
    """
    pieces = _pieces(state, parts) if parts else None
    if pieces is not None:
        return _joined(pieces)
    if isinstance(state, (str, os.PathLike)):
        state = read_pth(state)
    for wrapper in _WRAPPERS:
        if isinstance(state, collections.abc.Mapping) and isinstance(
            state.get(wrapper), collections.abc.Mapping
        ):
            state = state[wrapper]
    if not isinstance(state, collections.abc.Mapping) or not state:
        raise ValueError(
            "`state` must map official keys to arrays, or be the path of a "
            f"file that does. Received: {type(state).__name__} "
            f"{'without keys' if not state else ''}".rstrip()
            + "."
        )
    wrong = [key for key, value in state.items() if not _is_array(value)]
    if wrong:
        raise ValueError(
            "`state` must map official keys to arrays. These values are no "
            f"arrays: {', '.join(map(str, wrong))}."
        )
    state = {str(key): _to_numpy(value) for key, value in state.items()}
    prefix = "module."
    if all(key.startswith(prefix) for key in state):
        state = {key[len(prefix) :]: value for key, value in state.items()}
    return state


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
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        f"The folder {os.fspath(folder)!r} lacks the {part} of the network: "
        f"no file {' or '.join(names)}."
    )


def _joined(pieces):
    joined = {}
    for part, piece in pieces.items():
        piece = open_state(piece)
        twice = sorted(set(piece) & set(joined))
        if twice:
            raise ValueError(
                f"The {part} has keys of another part: {', '.join(twice)}. "
                "Was one file given twice?"
            )
        joined.update(piece)
    return joined


def _is_array(value):
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _to_numpy(value):
    if hasattr(value, "detach"):  # a PyTorch tensor, possibly of bfloat16
        value = value.detach().cpu()
        if value.is_floating_point():
            value = value.float()
    return np.asarray(value)
