"""Opening and unwrapping official state dicts."""

import collections
import os

import numpy as np

from keras_semsynth.checkpoints.pth import read_pth

# Under which training scripts file a network among other things.
_WRAPPERS = ("state_dict", "model_state_dict", "model")


def open_state(state):
    """Return a flat `dict` of official key -> `np.ndarray`.

    Args:
        state: Mapping of official keys to arrays or tensors, or the path of a
            `.pth` file. It may be wrapped as `{"state_dict": ...}` and every
            key may start with `module.`, as `torch.nn.DataParallel` leaves it.

    Raises:
        ValueError: If there is no state dict in it.
    """
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


def _is_array(value):
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _to_numpy(value):
    if hasattr(value, "detach"):  # a PyTorch tensor, possibly of bfloat16
        value = value.detach().cpu()
        if value.is_floating_point():
            value = value.float()
    return np.asarray(value)
