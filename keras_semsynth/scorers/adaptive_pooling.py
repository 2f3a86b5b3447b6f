"""Average pooling to a given size, whatever the size of the map."""

from keras import ops

from keras_semsynth.backend.tensor import Tensor


def adaptive_average_pool(x: Tensor, bins: int) -> Tensor:
    """Averages a map into `bins` by `bins` cells.

    Cell `k` covers `floor(k n / bins)` up to `ceil((k + 1) n / bins)` of `n`
    rows, so that neighbours may share one. Sizes may be dynamic.

    Args:
        x: Float tensor `(batch, height, width, channels)`.
        bins: int.

    Returns:
        Tensor `(batch, bins, bins, channels)`.
    """
    rows = _shares(ops.shape(x)[1], bins, x.dtype)
    columns = _shares(ops.shape(x)[2], bins, x.dtype)
    x = ops.einsum("bijc,wj->biwc", x, columns)
    return ops.einsum("biwc,hi->bhwc", x, rows)


def _shares(source, bins, dtype):
    """The share of each source cell in each cell of the result."""
    cell = ops.expand_dims(ops.arange(bins, dtype="int32"), 1)
    place = ops.arange(source, dtype="int32")
    start = cell * source // bins
    end = ((cell + 1) * source + bins - 1) // bins
    inside = ops.logical_and(place >= start, place < end)
    return ops.cast(inside, dtype) / ops.cast(end - start, dtype)
