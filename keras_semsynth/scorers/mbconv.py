import keras

from keras_semsynth.scorers.mbconv_unit import MBConvUnit


class MBConv(keras.layers.Layer):
    """Inverted bottleneck of MobileNetV2 and EfficientNet-Lite.

    A 1x1 convolution widens, a depthwise one looks around, and a 1x1
    convolution without activation narrows. The input is added where its shape
    is that of the result. Unlike EfficientNet's, Lite's have no
    squeeze-and-excitation, and ReLU6 for the swish.

    Args:
        channels: int. Channels of the input.
        filters: int. Channels of the result.
        kernel_size: int. Size of the depthwise kernel. Defaults to `3`.
        strides: int >= 1. Steps of the depthwise convolution. Defaults to `1`.
        expansion: int >= 1. How many times wider it is inside; without the
            first convolution if `1`. Defaults to `6`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.

    Reference:
        - [MobileNetV2, CVPR 2018](https://arxiv.org/abs/1801.04381), table 1
        - [EfficientNet, ICML 2019](https://arxiv.org/abs/1905.11946)
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        expansion: int = 6,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.adds_input = strides == 1 and channels == filters
        policy = self.dtype_policy
        self.expand = None
        if expansion > 1:
            self.expand = MBConvUnit(
                expansion * channels, dtype=policy, name="expand"
            )
        self.depthwise = MBConvUnit(
            None, kernel_size, strides, dtype=policy, name="depthwise"
        )
        self.project = MBConvUnit(
            filters, relu6=False, dtype=policy, name="project"
        )

    @property
    def units(self) -> list[MBConvUnit]:
        """The units in the order of the network."""
        chain = (self.expand, self.depthwise, self.project)
        return [unit for unit in chain if unit is not None]

    def build(self, input_shape):
        channels = input_shape[-1]
        for unit in self.units:
            unit.build((None, None, None, channels))
            channels = unit.filters or channels
        self.built = True

    def call(self, inputs):
        x = inputs
        for unit in self.units:
            x = unit(x)
        return x + inputs if self.adds_input else x
