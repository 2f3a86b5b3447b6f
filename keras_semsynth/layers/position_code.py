import keras
import numpy as np
from keras import ops

from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.arguments import check_positive
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.precision import full_precision_dtype

# Pixels.
MOST_WINDOW = 1023


@keras.saving.register_keras_serializable(package="keras_semsynth")
class PositionCode(Configured, keras.layers.Layer):
    """Tells pixels of a class how far inside its regions they lie.

    Every channel of a label map is filtered with a Gaussian window and
    multiplied by its own first values, `iterations` times:
    `x <- (window * x) * mask` with `mask` the input. The window is not
    normalized to sum one, so that values grow towards the inside of a region.

    Args:
        window_size: int, odd. Width of the window, in pixels. Defaults to `7`.
        deviation: float > 0. Standard deviation of the window, in pixels.
            Defaults to `1.5`.
        iterations: int >= 1. How many times the window is applied. Defaults to
            `1`.
        relative: bool. Whether to divide by the values before the last
            iteration (plus `1e-8`). Defaults to `False`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Soft label map `(batch, height, width, num_classes)`.

    Returns:
        Tensor of the shape of `label_map`, float32 in half precision: values
        reach thousands where codes are coded again.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.PositionCode()
    >>> layer(np.ones((1, 8, 8, 5), "float32")).shape
    (1, 8, 8, 5)

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053); the code is
          part of the official CelebAMask-HQ configuration, not of the paper
    """

    def __init__(
        self,
        window_size: int = 7,
        deviation: float = 1.5,
        iterations: int = 1,
        relative: bool = False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        check_odd(window_size=window_size)
        check_within(1, MOST_WINDOW, window_size=window_size)
        check_within(1, MOST_LAYERS, iterations=iterations)
        check_positive(deviation=deviation)
        self.window_size = window_size
        self.deviation = deviation
        self.iterations = iterations
        self.relative = relative

    def call(self, label_map):
        dtype = full_precision_dtype(self.compute_dtype)
        mask = x = ops.cast(label_map, dtype)
        distance = np.arange(self.window_size) - self.window_size // 2
        window = np.exp(-(distance**2) / (2 * self.deviation**2))
        channels = label_map.shape[-1]
        # The window is an outer product: rows first, then columns.
        kernels = [
            ops.cast(
                ops.convert_to_tensor(
                    np.tile(window.reshape(shape), (1, 1, channels, 1))
                ),
                dtype,
            )
            for shape in ((-1, 1, 1, 1), (1, -1, 1, 1))
        ]
        for _ in range(self.iterations):
            previous = x
            for kernel in kernels:
                x = ops.depthwise_conv(
                    x, kernel, padding="same", data_format="channels_last"
                )
            x = x * mask
        if self.relative:
            x = x / (previous + 1e-8)
        return x

    def compute_output_shape(self, label_map_shape):
        return label_map_shape

    def compute_output_spec(self, label_map):
        dtype = full_precision_dtype(self.compute_dtype)
        return keras.KerasTensor(label_map.shape, dtype)
