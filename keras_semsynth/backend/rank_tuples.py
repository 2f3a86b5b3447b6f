"""Ranks tuples where only numbers can be ranked."""

from collections.abc import Callable
from collections.abc import Sequence

from keras import ops

from keras_semsynth.backend.tensor import Tensor


def rank_tuples(
    columns: Sequence[Tensor],
    rank: Callable[[Tensor], tuple[Tensor, Tensor]],
) -> tuple[Tensor, Tensor]:
    """See `keras_semsynth.backend.tensorflow.distinct`.

    Exact: two numbers below `2**31` fit in an int64, and each step joins one
    column more to the ranks so far.

    Args:
        columns: Integer tensors of one shape, of numbers in `[0, 2**31)`.
        rank: What does so for int64 numbers `(length,)`.
    """
    first, *others = (
        ops.reshape(ops.cast(column, "int64"), (-1,)) for column in columns
    )
    ranks, positions = rank(first)
    for column in others:
        ranks, positions = rank(ranks * (ops.max(column) + 1) + column)
    return ops.reshape(ranks, ops.shape(columns[0])), positions
