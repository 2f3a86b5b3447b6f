"""VGG-19 as a frozen feature network."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.layers.configured import Configured

# Convolutions of each stage, and their widths.
_STAGES = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))
_NAMES = tuple(
    f"conv{stage}_{index}"
    for stage, (count, _) in enumerate(_STAGES, start=1)
    for index in range(1, count + 1)
)
# Of the perceptual loss of pix2pixHD and SPADE.
FEATURE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class VGG19Features(Configured, keras.Model):
    """Features of VGG-19, after the ReLU of some of its convolutions.

    The network is frozen, and ends with the last convolution that is asked
    for. For the perceptual loss of SPADE it takes the image
    in `[-1, 1]` as it is, without rescaling or subtracting a mean.

    Args:
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 64. Defaults to `1`.
        feature_layers: sequence of str, in the order of the network.
            Convolutions whose outputs, after the ReLU, are the features.
            Defaults to `("conv1_1", "conv2_1", "conv3_1", "conv4_1",
            "conv5_1")`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)`, RGB, at least 16 by
            16.

    Returns:
        List of a tensor for each feature layer, in the compute dtype. Stages
        1 to 5 have `1, 1/2, 1/4, 1/8, 1/16` of the size, rounded down, and
        64, 128, 256, 512, 512 channels.

    Raises:
        ValueError: If `width_divisor` does not divide 64, `feature_layers`
            are not layers in order, or the image is too small.

    Example:

    >>> network = keras_semsynth.scorers.VGG19Features(width_divisor=16)
    >>> [f.shape[-1] for f in network(np.zeros((1, 32, 32, 3), "float32"))]
    [4, 8, 16, 32, 32]

    Reference:
        - [VGG, ICLR 2015](https://arxiv.org/abs/1409.1556)
    """

    def __init__(
        self,
        width_divisor: int = 1,
        feature_layers: Sequence[str] = FEATURE_LAYERS,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(width_divisor, int) or (
            width_divisor < 1 or 64 % width_divisor
        ):
            raise ValueError(
                "`width_divisor` must be a positive divisor of 64. "
                f"Received: width_divisor={width_divisor}."
            )
        feature_layers = tuple(feature_layers)
        in_order = tuple(n for n in _NAMES if n in feature_layers)
        if not feature_layers or in_order != feature_layers:
            raise ValueError(
                "`feature_layers` must name convolutions of VGG-19 "
                f"({_NAMES[0]} to {_NAMES[-1]}) in the order of the network. "
                f"Received: feature_layers={feature_layers}."
            )
        self.width_divisor = width_divisor
        self.feature_layers = feature_layers
        self.convolutions = [
            keras.layers.Conv2D(
                width // width_divisor,
                3,
                padding="same",
                activation="relu",
                data_format="channels_last",
                dtype=self.dtype_policy,
                name=name,
            )
            for name, width in _named_widths(feature_layers[-1])
        ]

    def build(self, image_shape=(None, None, None, 3)):
        if image_shape[-1] != 3:
            raise ValueError(
                "`image` must be `(batch, height, width, 3)`. "
                f"Received: shape {tuple(image_shape)}."
            )
        channels = 3
        for convolution in self.convolutions:
            convolution.build((None, None, None, channels))
            channels = convolution.filters
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def call(self, image):
        if min(n for n in (*image.shape[1:3], 16) if n is not None) < 16:
            raise ValueError(
                "`image` must be at least 16 by 16 pixels: VGG-19 halves it "
                f"four times. Received: shape {tuple(image.shape)}."
            )
        x = image
        features = []
        for convolution in self.convolutions:
            name = convolution.name
            if name.endswith("_1") and name != "conv1_1":
                x = ops.max_pool(x, 2, strides=2, data_format="channels_last")
            x = convolution(x)
            if name in self.feature_layers:
                features.append(x)
        return features


def _named_widths(last):
    """Names and widths of the convolutions, up to the one named `last`."""
    widths = [width for count, width in _STAGES for _ in range(count)]
    pairs = list(zip(_NAMES, widths, strict=True))
    return pairs[: _NAMES.index(last) + 1]
