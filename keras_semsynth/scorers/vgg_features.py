from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.layers.network import Network

WIDTHS = (64, 128, 256, 512, 512)
# Of the perceptual loss of pix2pixHD and SPADE.
FEATURE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


class VGGFeatures(Network):
    """What VGG-16 and VGG-19 have in common as frozen feature networks.

    Args:
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 64. Defaults to `1`.
        feature_layers: sequence of str, in the order of the network.
            Convolutions whose outputs, after the ReLU, are the features.
            Defaults to `("conv1_1", "conv2_1", "conv3_1", "conv4_1",
            "conv5_1")`.
        **kwargs: Base model arguments such as `name` and `dtype`.
    """

    title: str
    # Convolutions of each stage.
    counts: tuple[int, ...]

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
        widths = {
            f"conv{stage}_{index}": width // width_divisor
            for stage, (count, width) in enumerate(
                zip(self.counts, WIDTHS, strict=True), start=1
            )
            for index in range(1, count + 1)
        }
        names = list(widths)
        in_order = tuple(name for name in names if name in feature_layers)
        if not feature_layers or in_order != feature_layers:
            raise ValueError(
                f"`feature_layers` must name convolutions of {self.title} "
                f"({names[0]} to {names[-1]}) in the order of the network. "
                f"Received: feature_layers={feature_layers}."
            )
        self.width_divisor = width_divisor
        self.feature_layers = feature_layers
        self.convolutions = [
            keras.layers.Conv2D(
                widths[name],
                3,
                padding="same",
                activation="relu",
                data_format="channels_last",
                dtype=self.dtype_policy,
                name=name,
            )
            for name in names[: names.index(feature_layers[-1]) + 1]
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
                f"`image` must be at least 16 by 16 pixels: {self.title} "
                "halves it four times. "
                f"Received: shape {tuple(image.shape)}."
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
