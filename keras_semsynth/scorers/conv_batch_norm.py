from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor


class ConvBatchNorm(keras.layers.Layer):
    """Convolution without bias, frozen batch normalization, ReLU.

    Padding is that of PyTorch, `dilation * (kernel_size // 2)` zeros on every
    side; Keras's `"same"` is lopsided where strides are 2. Weights start as
    zeros: they come from a file.

    Args:
        filters: int. Channels of the result.
        kernel_size: int, odd. Size of the kernel.
        strides: int >= 1. Steps of the window. Defaults to `1`.
        dilation: int >= 1. Distance of the kernel's taps. Defaults to `1`.
        relu: bool. Whether ReLU follows. Defaults to `True`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        dilation: int = 1,
        relu: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.relu = relu
        # With strides of 1 both ways to pad are one, and Keras's copies less.
        self.padding = dilation * (kernel_size // 2) if strides > 1 else 0
        self.conv = keras.layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            dilation_rate=dilation,
            padding="valid" if strides > 1 else "same",
            use_bias=False,
            kernel_initializer="zeros",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv",
        )
        self.norm = keras.layers.BatchNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="norm"
        )

    def build(self, input_shape):
        self.conv.build((None, None, None, input_shape[-1]))
        self.norm.build((None, None, None, self.filters))
        self.built = True

    def call(self, inputs):
        x = inputs
        if self.padding:
            sides = (self.padding, self.padding)
            x = ops.pad(x, ((0, 0), sides, sides, (0, 0)))
        x = self.norm(self.conv(x), training=False)
        return ops.relu(x) if self.relu else x


def build_chain(layers: Sequence[keras.layers.Layer], channels: int) -> int:
    """Builds layers that follow one another; returns the last's channels.

    Args:
        layers: list of layers with an attribute `filters`.
        channels: int. Channels of the input of the first.
    """
    for layer in layers:
        layer.build((None, None, None, channels))
        channels = layer.filters
    return channels


def apply_chain(layers: Sequence[keras.layers.Layer], x: Tensor) -> Tensor:
    """Calls layers one after the other."""
    for layer in layers:
        x = layer(x)
    return x
