import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.configured import Configured


def conditional_depthwise_conv2d(
    features: Tensor, taps: Tensor, kernel_size: int, padding: str = "same"
) -> Tensor:
    """Filters every channel with a kernel of its own at every pixel.

    `Y[i, j, c] = sum_{m, n} taps[i, j, c, m, n] * X[i + m - p, j + n - p, c]`
    with `p = kernel_size // 2` and zeros outside of `X` (CC-FPSE, Eq. 1,
    centered).

    A sum of shifted copies, one at a time: neither the `kernel_size ** 2`
    unfolded copies of `X` nor their products are made, and the backward pass
    makes the shifts again instead of keeping them.

    Args:
        features: Float tensor `(batch, height, width, channels)`.
        taps: Float tensor `(batch, height, width, channels * kernel_size ** 2)`
            of the dtype of `features`; the index of the tap, row by row, runs
            fastest.
        kernel_size: int, odd.
        padding: `"same"`, or `"valid"` for `features` that have
            `kernel_size // 2` cells more on every side than `taps`. Defaults to
            `"same"`.

    Returns:
        Tensor `(batch, height, width, channels)`, with the height and width of
        `taps`.
    """
    if padding == "same":
        border = [kernel_size // 2, kernel_size // 2]
        features = ops.pad(features, [[0, 0], border, border, [0, 0]])

    @ops.custom_gradient
    def convolve(features, taps):
        # `gradient` reads these again; nothing else is kept.
        def gradient(*args, upstream=None):
            if upstream is None:
                (upstream,) = args
            return _gradients(features, taps, upstream, kernel_size)

        return _convolve(features, taps, kernel_size), gradient

    return convolve(features, taps)


def _convolve(features, taps, size):
    taps = _by_channel(taps, features.shape[-1], size)
    result = None
    for tap, (row, column) in enumerate(_offsets(size)):
        window = features[:, _window(row, size), _window(column, size)]
        term = taps[..., tap] * window
        result = term if result is None else result + term
    return result


def _gradients(features, taps, upstream, size):
    by_channel = _by_channel(taps, features.shape[-1], size)
    of_features, windows = None, []
    for tap, (row, column) in enumerate(_offsets(size)):
        windows.append(features[:, _window(row, size), _window(column, size)])
        term = by_channel[..., tap] * upstream
        borders = [[n, size - 1 - n] for n in (row, column)]
        term = ops.pad(term, [[0, 0], *borders, [0, 0]])
        of_features = term if of_features is None else of_features + term
    of_taps = _interleave(windows, upstream)
    return of_features, ops.reshape(of_taps, ops.shape(taps))


def _interleave(windows, upstream):
    """Returns `windows[tap] * upstream`, the tap as a new last axis."""
    if keras.backend.backend() != "jax":
        return ops.stack([window * upstream for window in windows], axis=-1)
    # XLA would keep all that it is to stack. A chain of selections it
    # computes in one go, straight into the result.
    taps = ops.arange(len(windows))
    result = ops.expand_dims(windows[0], -1)
    for tap, window in enumerate(windows[1:], start=1):
        result = ops.where(taps == tap, ops.expand_dims(window, -1), result)
    return result * ops.expand_dims(upstream, -1)


def _offsets(size):
    return [(row, column) for row in range(size) for column in range(size)]


def _by_channel(taps, channels, size):
    return ops.reshape(taps, (*ops.shape(taps)[:3], channels, size * size))


def _window(offset, size):
    """The rows of features that meet row `offset` of the kernels."""
    end = offset + 1 - size
    return slice(offset, end if end else None)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionalDepthwiseConv2D(Configured, keras.layers.Layer):
    """Filters every channel with a predicted kernel of its own at every pixel.

    Stride 1, zero padding, no weights of its own, no normalization of the
    kernels. Memory: what goes in and what comes out, in both directions; see
    `conditional_depthwise_conv2d`.

    Args:
        kernel_size: int, odd. Height and width of the kernels.
            Defaults to `3`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        taps: Float tensor `(batch, height, width, channels * kernel_size**2)`,
            the kernels: channel after channel, each row by row.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If `kernel_size` is not a positive odd integer, or `taps`
            has another number of channels.

    Example:

    >>> layer = keras_semsynth.layers.ConditionalDepthwiseConv2D(3)
    >>> features = np.zeros((2, 8, 8, 4), "float32")
    >>> layer(features, np.zeros((2, 8, 8, 36), "float32")).shape
    (2, 8, 8, 4)

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), Eq. 1
    """

    def __init__(self, kernel_size: int = 3, **kwargs):
        super().__init__(**kwargs)
        check_odd(kernel_size=kernel_size)
        self.kernel_size = kernel_size

    def call(self, features, taps):
        expected = features.shape[-1] * self.kernel_size**2
        if taps.shape[-1] != expected:
            raise ValueError(
                f"`taps` must have {expected} channels: `kernel_size ** 2` for "
                "each of `features`. Received: shapes "
                f"{tuple(features.shape)} and {tuple(taps.shape)}."
            )
        return conditional_depthwise_conv2d(features, taps, self.kernel_size)

    def compute_output_shape(self, features_shape, taps_shape=None):
        return features_shape
