"""EfficientNet-Lite0 as a frozen feature network."""

from collections.abc import Sequence

import keras

from keras_semsynth.layers.network import Network
from keras_semsynth.scorers.mbconv import MBConv
from keras_semsynth.scorers.mbconv_unit import MBConvUnit

# Blocks of each stage: how many, width, size of the depthwise kernel, strides
# of the first. Table 1 of EfficientNet, widths and depths of B0.
_STAGES = (
    (1, 16, 3, 1),
    (2, 24, 3, 2),
    (2, 40, 5, 2),
    (3, 80, 3, 2),
    (3, 112, 5, 1),
    (4, 192, 5, 2),
    (1, 320, 3, 1),
)
_STEM_WIDTH = 32
FEATURE_STRIDES = (2, 4, 8, 16, 32)
# Of the terms of a perceptual loss: each becomes about as large as the term of
# the same place that VGG has with the weights of the papers. Measured on street
# photographs against disturbed ones; docs/training.md says how.
_LAYER_WEIGHTS = (1 / 32, 1 / 16, 1 / 16, 1 / 8, 1 / 4)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class EfficientNetLite0Features(Network):
    """Features of EfficientNet-Lite0, a small network for small budgets.

    A feature is the output of the last block of a size, which no activation
    follows. The network is frozen, its batch normalization uses the moving
    statistics also in training, and it ends with the last feature that is
    asked for. Gradients reach the image.

    It takes the image in `[-1, 1]` as it is. TensorFlow trained the public
    weights on `(pixels - 127) / 128`, which is the same to half a grey level.

    Args:
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 8. Defaults to `1`.
        feature_strides: sequence of int, ascending. How many times smaller
            than the image the features are, of 2, 4, 8, 16 and 32. Defaults
            to `(2, 4, 8, 16, 32)`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)` in `[-1, 1]`, RGB.

    Returns:
        List of a tensor for each stride, in the compute dtype, of the size of
        the image over the stride, rounded up. Strides 2, 4, 8, 16, 32 have
        16, 24, 40, 112, 320 channels.

    Raises:
        ValueError: If `width_divisor` does not divide 8, `feature_strides`
            are not such strides in order, or the image has not 3 channels.

    Example:

    >>> network = keras_semsynth.scorers.EfficientNetLite0Features(8)
    >>> [f.shape[1:] for f in network(np.zeros((1, 64, 64, 3), "float32"))]
    [(32, 32, 2), (16, 16, 3), (8, 8, 5), (4, 4, 14), (2, 2, 40)]

    Reference:
        - [EfficientNet, ICML 2019](https://arxiv.org/abs/1905.11946), table 1
        - EfficientNet-Lite is published with TensorFlow's models, without a
          paper: no squeeze-and-excitation, ReLU6 for the swish.
    """

    def __init__(
        self,
        width_divisor: int = 1,
        feature_strides: Sequence[int] = FEATURE_STRIDES,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(width_divisor, int) or (
            width_divisor < 1 or 8 % width_divisor
        ):
            raise ValueError(
                "`width_divisor` must be a positive divisor of 8. "
                f"Received: width_divisor={width_divisor}."
            )
        feature_strides = tuple(feature_strides)
        in_order = tuple(s for s in FEATURE_STRIDES if s in feature_strides)
        if not feature_strides or in_order != feature_strides:
            raise ValueError(
                "`feature_strides` must be some of the strides "
                f"{FEATURE_STRIDES} in this order. "
                f"Received: feature_strides={feature_strides}."
            )
        self.width_divisor = width_divisor
        self.feature_strides = feature_strides
        policy = self.dtype_policy
        self.stem = MBConvUnit(
            _STEM_WIDTH // width_divisor, 3, 2, dtype=policy, name="stem"
        )
        self.blocks = [
            MBConv(**arguments, dtype=policy, name=f"block{number}")
            for number, arguments in enumerate(
                _block_arguments(width_divisor)[: _ends()[feature_strides[-1]]]
            )
        ]

    @property
    def layer_weights(self) -> tuple[float, ...]:
        """Weights of the features in a perceptual loss."""
        weights = dict(zip(FEATURE_STRIDES, _LAYER_WEIGHTS, strict=True))
        return tuple(weights[stride] for stride in self.feature_strides)

    def build(self, image_shape=(None, None, None, 3)):
        if image_shape[-1] != 3:
            raise ValueError(
                "`image` must be `(batch, height, width, 3)`. "
                f"Received: shape {tuple(image_shape)}."
            )
        self.stem.build((None, None, None, 3))
        for block in self.blocks:
            block.build((None, None, None, block.channels))
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def call(self, image, training=None):
        wanted = {_ends()[stride] for stride in self.feature_strides}
        x = self.stem(image)
        features = []
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            if number in wanted:
                features.append(x)
        return features


def _block_arguments(width_divisor):
    """What `MBConv` takes, block by block."""
    found, channels = [], _STEM_WIDTH // width_divisor
    for count, width, kernel_size, strides in _STAGES:
        filters = width // width_divisor
        for index in range(count):
            found.append(
                {
                    "channels": channels,
                    "filters": filters,
                    "kernel_size": kernel_size,
                    "strides": strides if index == 0 else 1,
                    # Only the first block of all is as wide inside.
                    "expansion": 6 if found else 1,
                }
            )
            channels = filters
    return found


def _ends():
    """Stride of a size -> number of blocks up to its last."""
    ends, stride = {}, 2
    for number, block in enumerate(_block_arguments(1), start=1):
        stride *= block["strides"]
        ends[stride] = number
    return ends
