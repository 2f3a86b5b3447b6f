from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.scorers.bottleneck import check_widths
from keras_semsynth.scorers.bottleneck import make_blocks
from keras_semsynth.scorers.conv_batch_norm import ConvBatchNorm
from keras_semsynth.scorers.conv_batch_norm import apply_chain
from keras_semsynth.scorers.conv_batch_norm import build_chain
from keras_semsynth.scorers.input_format import InputFormat
from keras_semsynth.scorers.pillow_resizing import resize_pixels
from keras_semsynth.scorers.segmentation_scorer import SegmentationScorer
from keras_semsynth.scorers.segmentation_scorer import check_input_size

FORMAT = InputFormat("bgr", 255.0, (104.008, 116.669, 122.675))
# Numerators over 4 of the smaller copies of the image: 0.5 and 0.75.
_QUARTERS = (2, 3)
_DILATIONS = (6, 12, 18, 24)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class DeepLabV2ResNet101(SegmentationScorer):
    """DeepLab v2 on ResNet-101, which scores COCO-Stuff in the papers.

    The network sees the image and its bilinear reductions to 0.5 and 0.75; of
    the three logits of a class the largest counts. No random field follows.

    Args:
        num_classes: int >= 1. Number of classes; of COCO-Stuff's 182 indices
            eleven never occur. Defaults to `182`.
        multi_scale: bool. Whether the two reductions are looked at: always in
            the papers, the published weights were trained so. Defaults to
            `True`.
        input_size: `(height, width)` that images are brought to first, or
            `None` to take them as they are. Defaults to `None`.
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 16. Defaults to `1`.
        block_counts: Four ints, blocks of `layer2` to `layer5`. Defaults to
            `(3, 4, 23, 3)`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)`, BGR, 0 to 255, less
            the mean of the training images.

    Returns:
        Logits `(batch, rows, columns, num_classes)`, about 1/8 of the size:
        33 of 256, 9 of 64.

    Raises:
        ValueError: If an argument does not fit.

    Example:

    >>> network = keras_semsynth.checkpoints.from_official(
    ...     "deeplabv2_resnet101",
    ...     "deeplabv2_resnet101_msc-cocostuff164k-100000.pth")
    >>> network.segment(images).shape  # images: (2, 256, 256, 3), uint8
    (2, 256, 256)

    Reference:
        - [DeepLab, TPAMI 2018](https://arxiv.org/abs/1606.00915)
    """

    def __init__(
        self,
        num_classes: int = 182,
        multi_scale: bool = True,
        input_size: tuple[int, int] | None = None,
        width_divisor: int = 1,
        block_counts: Sequence[int] = (3, 4, 23, 3),
        **kwargs,
    ):
        super().__init__(num_classes, **kwargs)
        self.multi_scale = bool(multi_scale)
        self.input_size = check_input_size(input_size)
        self.width_divisor = width_divisor
        self.block_counts = check_widths(width_divisor, block_counts)
        policy = self.dtype_policy
        self.stem = ConvBatchNorm(
            64 // width_divisor, 7, 2, dtype=policy, name="layer1"
        )
        self.stage_layers = [
            make_blocks(
                count,
                filters // width_divisor,
                f"layer{stage}",
                strides=strides,
                dilation=dilation,
                stride_first=True,
                dtype=policy,
            )
            for stage, count, filters, strides, dilation in zip(
                (2, 3, 4, 5),
                self.block_counts,
                (256, 512, 1024, 2048),
                (1, 2, 1, 1),
                (1, 1, 2, 4),
                strict=True,
            )
        ]
        self.pyramid = [
            keras.layers.Conv2D(
                num_classes,
                3,
                padding="same",
                dilation_rate=dilation,
                kernel_initializer="zeros",
                data_format="channels_last",
                dtype=policy,
                name=f"aspp_{i}",
            )
            for i, dilation in enumerate(_DILATIONS)
        ]

    def build(self, input_shape=None):
        channels = build_chain([self.stem], 3)
        for layers in self.stage_layers:
            channels = build_chain(layers, channels)
        for convolution in self.pyramid:
            convolution.build((None, None, None, channels))
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def stages(self, image: Tensor) -> list[Tensor]:
        """Returns the features after each of the five layers."""
        x = ceil_mode_pool(self.stem(image))
        features = [x]
        for layers in self.stage_layers:
            x = apply_chain(layers, x)
            features.append(x)
        return features

    def base_logits(self, image: Tensor) -> Tensor:
        """Logits of one size of the image."""
        x = self.stages(image)[-1]
        return sum(convolution(x) for convolution in self.pyramid)

    def call(self, image):
        logits = self.base_logits(image)
        if not self.multi_scale:
            return logits
        rows, columns = ops.shape(logits)[1:3]
        height, width = ops.shape(image)[1:3]
        for quarters in _QUARTERS:
            # Rounded down. Where that is not exact, PyTorch's versions
            # disagree about positions; here the corners stay in place.
            smaller = resize_bilinear(
                image, height * quarters // 4, width * quarters // 4
            )
            other = resize_bilinear(self.base_logits(smaller), rows, columns)
            logits = ops.maximum(logits, other)
        return logits

    def class_scores(self, pixels: np.ndarray, size: tuple[int, int]) -> Tensor:
        if self.input_size is not None:
            pixels = resize_pixels(pixels, self.input_size, "bicubic")
        logits = ops.convert_to_tensor(self.logits(FORMAT.apply(pixels)))
        return resize_bilinear(logits, *size)

    def describe(self) -> dict[str, Any]:
        scales = [quarters / 4 for quarters in _QUARTERS]
        return {
            **super().describe(),
            **FORMAT.describe(),
            "input_size": self.input_size or "as the images",
            "input_resize": "Pillow bicubic",
            "multi_scale": self.multi_scale,
            "scales": [*scales, 1.0] if self.multi_scale else [1.0],
            "score_resize": "bilinear of logits",
        }


def ceil_mode_pool(x: Tensor) -> Tensor:
    """3x3 maximum with stride 2; sizes are rounded up.

    Args:
        x: Float tensor `(batch, height, width, channels)`, nowhere negative.

    Returns:
        Tensor `(batch, height // 2 + 1, width // 2 + 1, channels)`.
    """
    # One zero before. Behind, PyTorch's last window may hang over: two zeros
    # do that for even sides, and change nothing for odd ones.
    x = ops.pad(x, ((0, 0), (1, 2), (1, 2), (0, 0)))
    return ops.max_pool(x, 3, strides=2, data_format="channels_last")
