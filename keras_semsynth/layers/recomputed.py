"""Computes a part of a network once more instead of keeping what is in it."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor


def recomputed(
    function: Callable[..., Tensor],
    layers: Sequence[keras.layers.Layer],
    *inputs: Any,
) -> Tensor:
    """Calls a function whose inner results the backward pass computes anew.

    So nothing but its inputs is kept for the gradients. Statistics and power
    iterations move once: the second time starts from the same values as the
    first, and what it would change is dropped. (Within `keras.RematScope` they
    would move twice on PyTorch.)

    Args:
        function: Callable of `inputs`. Draws nothing at random.
        layers: All layers that it calls, built.
        *inputs: Tensors, or nested structures of tensors and other values.

    Returns:
        What the function returns, a tensor.
    """
    variables = [v for layer in layers for v in layer.variables]
    # TensorFlow asks for plain tensors, and for gradients of each of them.
    leaves = keras.tree.flatten(inputs)
    floats = [i for i, leaf in enumerate(leaves) if _is_float(leaf)]
    moved = []

    def pure(*tensors):
        values = list(leaves)
        for i, tensor in zip(floats, tensors, strict=False):
            values[i] = tensor
        scope = keras.StatelessScope(
            list(zip(variables, tensors[len(floats) :], strict=True))
        )
        before = [scope.get_current_value(v) for v in variables]
        with scope:
            result = function(*keras.tree.pack_sequence_as(inputs, values))
        after = [scope.get_current_value(v) for v in variables]
        changes = [
            (variable, new)
            for variable, old, new in zip(variables, before, after, strict=True)
            if new is not old
        ]
        moved[:] = [variable for variable, _ in changes]
        return [result, *(ops.stop_gradient(new) for _, new in changes)]

    # Copies of what moves: the backward pass must find it as it was.
    values = [v.value if v.trainable else ops.copy(v.value) for v in variables]
    result, *updates = keras.remat(pure)(*(leaves[i] for i in floats), *values)
    for variable, value in zip(moved, updates, strict=True):
        variable.assign(value)
    return result


def _is_float(leaf):
    return ops.is_tensor(leaf) and keras.backend.is_float_dtype(
        keras.backend.standardize_dtype(leaf.dtype)
    )
