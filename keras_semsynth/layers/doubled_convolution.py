"""A convolution of a doubled map that never makes the doubled map."""

from keras import ops

from keras_semsynth.backend.tensor import Tensor


def convolve_doubled(x: Tensor, kernel: Tensor) -> Tensor:
    """Convolves what repeating every row and column makes of a map.

    A tap of the kernel meets each cell in all its four copies. So the taps are
    applied to the small map, each by itself: a quarter of the multiplications.
    What comes of them is added up by rows, then by columns:

    - row `2 * i` is `tap_0[i - 1] + tap_1[i] + tap_2[i]`
    - row `2 * i + 1` is `tap_0[i] + tap_1[i] + tap_2[i + 1]`

    Args:
        x: Float tensor `(batch, height, width, channels)`.
        kernel: Float tensor `(3, 3, channels, filters)`.

    Returns:
        Tensor `(batch, 2 * height, 2 * width, filters)`: the convolution of
        the doubled map, with zeros around it.
    """
    height, width = ops.shape(x)[1:3]
    channels, filters = kernel.shape[2:]
    # One product for each tap. Rows go first: their taps lie before all else.
    taps = ops.matmul(ops.reshape(x, (1, 1, -1, channels)), kernel)
    taps = ops.reshape(taps, (3, -1, height, width * filters))
    taps = ops.reshape(_doubled(taps), (3, -1, width, filters))
    return ops.reshape(_doubled(taps), (-1, 2 * height, 2 * width, filters))


def _doubled(taps):
    """Adds up: `(3, lines, cells, values)` to `(lines, cells, 2, values)`."""
    before = ops.pad(taps[0], [[0, 0], [1, 0], [0, 0]])[:, :-1]
    after = ops.pad(taps[2], [[0, 0], [0, 1], [0, 0]])[:, 1:]
    return ops.stack(
        [before + taps[1] + taps[2], taps[0] + taps[1] + after], axis=2
    )
