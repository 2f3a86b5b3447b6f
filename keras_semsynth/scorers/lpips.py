"""LPIPS, a learned distance between two images."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.network import Network
from keras_semsynth.scorers.image_batch import BATCH_SIZE
from keras_semsynth.scorers.image_batch import forward
from keras_semsynth.scorers.image_batch import symmetric
from keras_semsynth.scorers.vgg16_features import VGG16Features
from keras_semsynth.scorers.vgg_features import WIDTHS

# A stage is the convolutions (filters, kernel size, strides) up to a feature;
# a pool of this size stands before every stage but the first.
_STAGES = {
    "alex": (
        ((64, 11, 4),),
        ((192, 5, 1),),
        ((384, 3, 1),),
        ((256, 3, 1),),
        ((256, 3, 1),),
    ),
    "vgg": tuple(
        ((width, 3, 1),) * count
        for count, width in zip(VGG16Features.counts, WIDTHS, strict=True)
    ),
}
# Size of the pool of stride 2 before each stage; 0 is none.
_POOLS = {"alex": (0, 3, 3, 0, 0), "vgg": (0, 2, 2, 2, 2)}
# Pixels that leave one position of the last feature.
_SMALLEST_SIDE = {"alex": 31, "vgg": 16}

_SHIFT = np.array([-0.030, -0.088, -0.188], "float32")
_SCALE = np.array([0.458, 0.448, 0.450], "float32")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class LPIPS(Network):
    """Learned perceptual image patch similarity, version 0.1; frozen.

    Five features of a classifier are compared: the squared difference of the
    directions of two feature vectors, weighted per channel as people judged,
    averaged over positions, and summed over the five.

    Args:
        backbone: str. `"alex"` or `"vgg"`, torchvision's AlexNet or VGG-16.
            Defaults to `"alex"`.
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 64. Defaults to `1`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        pair: list of two float tensors `(batch, height, width, 3)` of one
            shape, RGB, -1 to 1.

    Returns:
        Tensor `(batch, 5)`, the term of each feature; their sum is the
        distance.

    Raises:
        ValueError: If an argument is none of these or the images too small.

    Example:

    >>> network = keras_semsynth.checkpoints.from_official(
    ...     "lpips_alex",
    ...     {"trunk": "alexnet-owt-7be5be79.pth", "lin": "alex.pth"},
    ... )
    >>> network.distance(generated, real).shape
    (16,)

    Reference:
        - [LPIPS, CVPR 2018](https://arxiv.org/abs/1801.03924)
    """

    def __init__(
        self, backbone: str = "alex", width_divisor: int = 1, **kwargs
    ):
        # Scores are computed in float32, whatever the global dtype policy.
        super().__init__(**{"dtype": "float32", **kwargs})
        if backbone not in _STAGES:
            raise ValueError(
                f"`backbone` must be one of {list(_STAGES)}. "
                f"Received: backbone={backbone!r}."
            )
        if not isinstance(width_divisor, int) or (
            width_divisor < 1 or 64 % width_divisor
        ):
            raise ValueError(
                "`width_divisor` must be a positive divisor of 64. "
                f"Received: width_divisor={width_divisor!r}."
            )
        self.backbone = backbone
        self.width_divisor = width_divisor
        self.convolutions = [
            keras.layers.Conv2D(
                filters // width_divisor,
                kernel_size,
                strides=strides,
                # Symmetric with stride 1; the strided one is padded by hand.
                padding="same" if strides == 1 else "valid",
                activation="relu",
                data_format="channels_last",
                dtype=self.dtype_policy,
                name=f"conv{stage}_{index}",
            )
            for stage, convolutions in enumerate(_STAGES[backbone], start=1)
            for index, (filters, kernel_size, strides) in enumerate(
                convolutions, start=1
            )
        ]
        self.channel_weights = [
            keras.layers.Conv2D(
                1,
                1,
                use_bias=False,
                # The published weights are never negative either.
                kernel_initializer=keras.initializers.RandomUniform(0.0, 1.0),
                data_format="channels_last",
                dtype=self.dtype_policy,
                name=f"lin{stage}",
            )
            for stage in range(5)
        ]

    def build(self, pair_shape=None):
        channels = 3
        convolutions = iter(self.convolutions)
        for stage, weights in zip(
            _STAGES[self.backbone], self.channel_weights, strict=True
        ):
            for _ in stage:
                convolution = next(convolutions)
                convolution.build((None, None, None, channels))
                channels = convolution.filters
            weights.build((None, None, None, channels))
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def call(self, pair):
        first, second = (
            [_unit_length(feature) for feature in self.stages(image)]
            for image in pair
        )
        terms = [
            ops.mean(weights(ops.square(a - b)), axis=(1, 2, 3))
            for a, b, weights in zip(
                first, second, self.channel_weights, strict=True
            )
        ]
        return ops.stack(terms, axis=-1)

    def stages(self, image: Tensor) -> list[Tensor]:
        """Gives the five features of an image, not yet normalized.

        Args:
            image: Float tensor `(batch, height, width, 3)`, RGB, -1 to 1.

        Returns:
            list of five tensors. AlexNet: 64, 192, 384, 256, 256 channels;
            VGG-16: 64, 128, 256, 512, 512, of 1 to 1/16 of the size.
        """
        self._check_size(image.shape)
        x = ops.divide(ops.subtract(image, _SHIFT), _SCALE)
        features = []
        convolutions = iter(self.convolutions)
        for stage, pool in zip(
            _STAGES[self.backbone], _POOLS[self.backbone], strict=True
        ):
            if pool:
                x = ops.max_pool(x, pool, 2, "valid", "channels_last")
            for _, _, strides in stage:
                if strides > 1:
                    x = ops.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
                x = next(convolutions)(x)
            features.append(x)
        return features

    def _check_size(self, shape):
        smallest = _SMALLEST_SIDE[self.backbone]
        if min(n for n in (*shape[1:3], smallest) if n) < smallest:
            raise ValueError(
                f"Images must be at least {smallest} by {smallest} pixels for "
                f"LPIPS with backbone={self.backbone!r}. "
                f"Received: shape {tuple(shape)}."
            )

    def terms(
        self,
        first: np.ndarray,
        second: np.ndarray,
        batch_size: int = BATCH_SIZE,
    ) -> np.ndarray:
        """Gives what each of the five features adds to the distance.

        Args:
            first: NumPy array `(batch, height, width, 3)`, RGB: `uint8` 0 to
                255 or floats in `[-1, 1]`.
            second: The same, of the same shape.
            batch_size: int. Pairs that go through at once. Defaults to `16`.

        Returns:
            `float32` NumPy array `(batch, 5)`.

        Raises:
            ValueError: If the images are none of these or their shapes differ.
        """
        first, second = symmetric(first), symmetric(second)
        if first.shape != second.shape:
            raise ValueError(
                "LPIPS compares images pair by pair; `first` and `second` must "
                f"have one shape. Received: {first.shape} and {second.shape}."
            )
        # Here too: in a compiled `call` the size may be unknown.
        self._check_size(first.shape)
        return forward(self, [first, second], batch_size)

    def distance(
        self,
        first: np.ndarray,
        second: np.ndarray,
        batch_size: int = BATCH_SIZE,
    ) -> np.ndarray:
        """Gives the distance of every pair; 0 for equal images.

        Args:
            first: As `terms` takes it.
            second: As `terms` takes it.
            batch_size: int. Pairs that go through at once. Defaults to `16`.

        Returns:
            `float32` NumPy array `(batch,)`.
        """
        return self.terms(first, second, batch_size).sum(axis=1)

    def describe(self) -> dict[str, Any]:
        """Describes the ruler for a report; can be written as JSON."""
        return {
            "network": "LPIPS",
            "version": "0.1",
            "backbone": self.backbone,
            "trunk": {
                "alex": "torchvision's AlexNet, ImageNet",
                "vgg": "torchvision's VGG-16, ImageNet",
            }[self.backbone],
            "colour_order": "RGB",
            "input_range": [-1, 1],
            "shift": [round(float(x), 3) for x in _SHIFT],
            "scale": [round(float(x), 3) for x in _SCALE],
            "resize": "none",
            "precision": "float32",
        }


def _unit_length(feature):
    length = ops.sqrt(ops.sum(ops.square(feature), axis=-1, keepdims=True))
    return feature / (length + 1e-10)
