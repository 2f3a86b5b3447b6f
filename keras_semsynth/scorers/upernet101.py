from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.scorers.adaptive_pooling import adaptive_average_pool
from keras_semsynth.scorers.bottleneck import check_widths
from keras_semsynth.scorers.bottleneck import make_blocks
from keras_semsynth.scorers.conv_batch_norm import ConvBatchNorm
from keras_semsynth.scorers.conv_batch_norm import apply_chain
from keras_semsynth.scorers.conv_batch_norm import build_chain
from keras_semsynth.scorers.input_format import InputFormat
from keras_semsynth.scorers.pillow_resizing import resize_pixels
from keras_semsynth.scorers.segmentation_scorer import SegmentationScorer

# What the two generations of the published weights were trained on: input
# format, how images are resized, and the short sides the tool scores at.
GENERATIONS = {
    "current": (
        InputFormat("rgb", 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        "Pillow bilinear",
        (300, 375, 450, 525, 600),
    ),
    "older": (
        InputFormat("bgr", 255.0, (102.9801, 115.9465, 122.7717)),
        "bilinear without antialiasing, rounded",
        (450,),
    ),
}
_BINS = (1, 2, 3, 6)
_MULTIPLE = 32


@keras.saving.register_keras_serializable(package="keras_semsynth")
class UPerNet101(SegmentationScorer):
    """UperNet on ResNet-101, which scores ADE20K in the papers.

    Images are brought to one or several short sides; the probabilities of all
    sizes are averaged at the size of the result.

    Args:
        num_classes: int >= 1. Number of classes, without "unlabelled"; ADE20K
            has 150. Defaults to `150`.
        generation: str. Which published weights, and so which colour order,
            mean and way of resizing: `"current"` (`ade20k-resnet101-upernet`)
            or `"older"` (`baseline-resnet101-upernet`, up to July 2019, of the
            time of SPADE). The files look alike. Defaults to `"current"`.
        image_sizes: Short sides in pixels, or `None` for those of the
            generation's tool, `300, 375, 450, 525, 600` or `450`. Defaults to
            `None`.
        max_size: int. Largest long side in pixels. Defaults to `1000`.
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 16. Defaults to `1`.
        block_counts: Four ints, blocks of the encoder's layers. Defaults to
            `(3, 4, 23, 3)`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)`, sides multiples of 32,
            in the generation's colour order and range.

    Returns:
        Logits `(batch, height / 4, width / 4, num_classes)`.

    Raises:
        ValueError: If an argument does not fit.

    Example:

    >>> network = keras_semsynth.checkpoints.from_official(
    ...     "upernet101", "ade20k-resnet101-upernet", image_sizes=(256,))
    >>> network.segment(images).shape  # images: (2, 256, 256, 3), uint8
    (2, 256, 256)

    Reference:
        - [Unified Perceptual Parsing, ECCV 2018](https://arxiv.org/abs/1807.10221)
    """

    def __init__(
        self,
        num_classes: int = 150,
        generation: str = "current",
        image_sizes: Sequence[int] | None = None,
        max_size: int = 1000,
        width_divisor: int = 1,
        block_counts: Sequence[int] = (3, 4, 23, 3),
        **kwargs,
    ):
        super().__init__(num_classes, **kwargs)
        check_choice(tuple(GENERATIONS), generation=generation)
        check_at_least(_MULTIPLE, max_size=max_size)
        self.generation = generation
        self.format, self.resize, default_sizes = GENERATIONS[generation]
        self.image_sizes = list(image_sizes or default_sizes)
        for size in self.image_sizes:
            check_at_least(1, image_sizes=size)
        self.max_size = max_size
        self.width_divisor = width_divisor
        self.block_counts = check_widths(width_divisor, block_counts)
        self._make_encoder()
        self._make_decoder()

    def _unit(self, name, filters, kernel_size, strides=1):
        return ConvBatchNorm(
            filters // self.width_divisor,
            kernel_size,
            strides,
            dtype=self.dtype_policy,
            name=name,
        )

    def _make_encoder(self):
        self.stem = [
            self._unit("stem_1", 64, 3, strides=2),
            self._unit("stem_2", 64, 3),
            self._unit("stem_3", 128, 3),
        ]
        self.stage_layers = [
            make_blocks(
                count,
                256 * 2**i // self.width_divisor,
                f"layer{i + 1}",
                strides=2 if i else 1,
                dtype=self.dtype_policy,
            )
            for i, count in enumerate(self.block_counts)
        ]

    def _make_decoder(self):
        self.pooled = [self._unit(f"pooled_{n}", 512, 1) for n in _BINS]
        self.pyramid = self._unit("pyramid", 512, 3)
        self.laterals = [self._unit(f"lateral_{i}", 512, 1) for i in range(3)]
        self.sides = [self._unit(f"side_{i}", 512, 3) for i in range(3)]
        self.fusion = self._unit("fusion", 512, 3)
        self.head = keras.layers.Conv2D(
            self.num_classes,
            1,
            kernel_initializer="zeros",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="head",
        )

    def build(self, input_shape=None):
        def build(layer, channels):
            layer.build((None, None, None, channels))

        channels = build_chain(self.stem, 3)
        widths = []
        for layers in self.stage_layers:
            channels = build_chain(layers, channels)
            widths.append(channels)
        width = self.pyramid.filters
        for layer in self.pooled:
            build(layer, channels)
        build(self.pyramid, channels + len(_BINS) * width)
        for i in range(3):
            build(self.laterals[i], widths[i])
            build(self.sides[i], width)
        build(self.fusion, 4 * width)
        build(self.head, width)
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def encode(self, image: Tensor) -> list[Tensor]:
        """Returns the features of 1/4, 1/8, 1/16 and 1/32 of the size."""
        x = apply_chain(self.stem, image)
        x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        x = ops.max_pool(x, 3, strides=2, data_format="channels_last")
        features = []
        for layers in self.stage_layers:
            x = apply_chain(layers, x)
            features.append(x)
        return features

    def decode(self, features: Sequence[Tensor]) -> dict[str, Any]:
        """Logits and what leads to them.

        Args:
            features: What `encode` returns.

        Returns:
            dict of `"pyramid"`, `"sides"` (list, finest first), `"fusion"` and
            `"logits"`.
        """
        coarsest = features[-1]
        size = ops.shape(coarsest)[1:3]
        # Enlarged before the convolution: ReLU is behind it.
        pooled = [
            unit(resize_bilinear(adaptive_average_pool(coarsest, n), *size))
            for unit, n in zip(self.pooled, _BINS, strict=True)
        ]
        x = pyramid = self.pyramid(ops.concatenate([coarsest, *pooled], -1))
        sides = []
        for i in (2, 1, 0):
            size = ops.shape(features[i])[1:3]
            x = self.laterals[i](features[i]) + resize_bilinear(x, *size)
            sides.insert(0, self.sides[i](x))
        size = ops.shape(features[0])[1:3]
        coarser = [resize_bilinear(y, *size) for y in (*sides[1:], pyramid)]
        fusion = self.fusion(ops.concatenate([sides[0], *coarser], -1))
        return {
            "pyramid": pyramid,
            "sides": sides,
            "fusion": fusion,
            "logits": self.head(fusion),
        }

    def call(self, image):
        return self.decode(self.encode(image))["logits"]

    def input_size(
        self, height: int, width: int, short_side: int
    ) -> tuple[int, int]:
        """Size an image is brought to.

        Args:
            height: int. Of the image.
            width: int. Of the image.
            short_side: int. One of `image_sizes`.

        Returns:
            `(height, width)`, both multiples of 32; the aspect may change.
        """
        scale = min(
            short_side / min(height, width), self.max_size / max(height, width)
        )
        return (
            -(-int(height * scale) // _MULTIPLE) * _MULTIPLE,
            -(-int(width * scale) // _MULTIPLE) * _MULTIPLE,
        )

    def prepare(self, pixels: np.ndarray, short_side: int) -> np.ndarray:
        """The network's input of one short side.

        Args:
            pixels: Array `(batch, height, width, 3)`, RGB, 0 to 255.
            short_side: int. One of `image_sizes`.

        Returns:
            float32 array, what `call` takes.
        """
        _, height, width, _ = pixels.shape
        size = self.input_size(height, width, short_side)
        if self.generation == "older":
            pixels = _resize_without_antialiasing(pixels, size)
        else:
            pixels = resize_pixels(pixels, size, "bilinear")
        return self.format.apply(pixels)

    def class_scores(self, pixels: np.ndarray, size: tuple[int, int]) -> Tensor:
        total = 0.0
        for short_side in self.image_sizes:
            logits = self.logits(self.prepare(pixels, short_side))
            logits = resize_bilinear(ops.convert_to_tensor(logits), *size)
            total = total + ops.softmax(logits, axis=-1)
        return total / len(self.image_sizes)

    def describe(self) -> dict[str, Any]:
        return {
            **super().describe(),
            "generation": self.generation,
            **self.format.describe(),
            "image_sizes": self.image_sizes,
            "max_size": self.max_size,
            "size_multiple": _MULTIPLE,
            "input_resize": self.resize,
            "multi_scale": len(self.image_sizes) > 1,
            "score_resize": "bilinear of logits, mean of probabilities",
        }


def _resize_without_antialiasing(pixels, size):
    """OpenCV's bilinear resizing, to half a grey level.

    8-bit images stay 8-bit, as there; OpenCV's own roundings differ between
    its versions.
    """
    if tuple(size) == pixels.shape[1:3]:
        return pixels
    x = ops.convert_to_tensor(np.asarray(pixels, "float32"))
    x = ops.convert_to_numpy(resize_bilinear(x, *size))
    return np.floor(x + 0.5) if pixels.dtype == np.uint8 else x
