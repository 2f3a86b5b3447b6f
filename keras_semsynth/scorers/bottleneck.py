from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.scorers.conv_batch_norm import ConvBatchNorm


class Bottleneck(keras.layers.Layer):
    """Residual block of ResNet-50 and deeper, in any of its variants.

    1x1, 3x3 and 1x1 convolution, each normalized; the input, or a strided
    1x1 convolution of it, is added before the last ReLU.

    Args:
        filters: int. Channels of the result; a quarter of them inside.
        strides: int >= 1. Steps of the 3x3 convolution. Defaults to `1`.
        dilation: int. Of the 3x3 convolution. Defaults to `1`.
        project: bool. Whether the skip is a convolution. Defaults to `False`.
        stride_first: bool. Whether the first 1x1 convolution has the stride,
            as in Caffe's networks, and not the 3x3. Defaults to `False`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.

    Reference:
        - [Deep Residual Learning, CVPR 2016](https://arxiv.org/abs/1512.03385)
    """

    def __init__(
        self,
        filters: int,
        strides: int = 1,
        dilation: int = 1,
        project: bool = False,
        stride_first: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        first, middle = (strides, 1) if stride_first else (1, strides)
        policy = self.dtype_policy
        self.reduce = ConvBatchNorm(
            filters // 4, 1, first, dtype=policy, name="reduce"
        )
        self.middle = ConvBatchNorm(
            filters // 4, 3, middle, dilation, dtype=policy, name="middle"
        )
        self.increase = ConvBatchNorm(
            filters, 1, relu=False, dtype=policy, name="increase"
        )
        self.shortcut = None
        if project:
            self.shortcut = ConvBatchNorm(
                filters, 1, strides, relu=False, dtype=policy, name="shortcut"
            )

    def build(self, input_shape):
        self.reduce.build(input_shape)
        for layer in (self.middle, self.increase):
            layer.build((None, None, None, self.filters // 4))
        if self.shortcut is not None:
            self.shortcut.build(input_shape)
        self.built = True

    def call(self, inputs):
        x = self.increase(self.middle(self.reduce(inputs)))
        skip = inputs if self.shortcut is None else self.shortcut(inputs)
        return ops.relu(x + skip)


def make_blocks(
    count: int, filters: int, name: str, strides: int = 1, **arguments
) -> list[Bottleneck]:
    """Returns the `Bottleneck`s of one stage.

    The first has the stride and a convolution as skip.

    Args:
        count: int.
        filters: int. Channels of the result.
        name: str. Prefix of the layers' names.
        strides: int. Defaults to `1`.
        **arguments: Of every `Bottleneck`.
    """
    return [
        Bottleneck(
            filters,
            strides=strides if i == 0 else 1,
            project=i == 0,
            name=f"{name}_{i}",
            **arguments,
        )
        for i in range(count)
    ]


def check_widths(width_divisor: int, block_counts: Sequence[int]) -> list[int]:
    """Raises `ValueError` unless a network of four stages can be built.

    Args:
        width_divisor: A positive divisor of 16.
        block_counts: Four positive ints.

    Returns:
        `block_counts` as a list.
    """
    if not isinstance(width_divisor, int) or (
        width_divisor < 1 or 16 % width_divisor
    ):
        raise ValueError(
            "`width_divisor` must be a positive divisor of 16. "
            f"Received: width_divisor={width_divisor}."
        )
    counts = list(block_counts)
    if len(counts) != 4 or min(counts) < 1:
        raise ValueError(
            "`block_counts` must be four positive integers. "
            f"Received: block_counts={block_counts}."
        )
    return counts
