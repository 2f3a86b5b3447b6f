import keras
from keras import ops


class MBConvUnit(keras.layers.Layer):
    """Convolution without bias, frozen batch normalization, ReLU6.

    Padding is TensorFlow's `"same"`, which with strides of 2 puts the odd
    row and column of zeros at the end. The epsilon is `1e-3`.

    Args:
        filters: int or `None`. Channels of the result; `None` for a depthwise
            convolution, which keeps those of the input.
        kernel_size: int. Size of the kernel. Defaults to `1`.
        strides: int >= 1. Steps of the window. Defaults to `1`.
        relu6: bool. Whether ReLU6 follows. Defaults to `True`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.
    """

    def __init__(
        self,
        filters: int | None,
        kernel_size: int = 1,
        strides: int = 1,
        relu6: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.relu6 = relu6
        arguments = {
            "strides": strides,
            "padding": "same",
            "use_bias": False,
            "data_format": "channels_last",
            "dtype": self.dtype_policy,
            "name": "conv",
        }
        if filters is None:
            self.conv = keras.layers.DepthwiseConv2D(
                kernel_size,
                # Of the inputs of one channel; Keras counts all of them.
                depthwise_initializer=keras.initializers.RandomNormal(
                    stddev=(2.0 / kernel_size**2) ** 0.5
                ),
                **arguments,
            )
        else:
            self.conv = keras.layers.Conv2D(
                filters,
                kernel_size,
                kernel_initializer="he_normal",
                **arguments,
            )
        self.norm = keras.layers.BatchNormalization(
            epsilon=1e-3, dtype=self.dtype_policy, name="norm"
        )

    def build(self, input_shape):
        self.conv.build((None, None, None, input_shape[-1]))
        channels = self.filters or input_shape[-1]
        self.norm.build((None, None, None, channels))
        self.built = True

    def call(self, inputs):
        x = self.norm(self.conv(inputs), training=False)
        return ops.relu6(x) if self.relu6 else x
