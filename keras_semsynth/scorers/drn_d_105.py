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
from keras_semsynth.scorers.pillow_resizing import resize_planes
from keras_semsynth.scorers.segmentation_scorer import SegmentationScorer
from keras_semsynth.scorers.segmentation_scorer import check_input_size

FORMAT = InputFormat(
    "rgb",
    1.0,
    (0.29010095242892997, 0.32808144844279574, 0.28696394422942517),
    (0.1829540508368939, 0.18656561047509476, 0.18447508988480435),
)
SCALES = (0.5, 0.75, 1.25, 1.5, 1.75)
_REDUCTION = 8


@keras.saving.register_keras_serializable(package="keras_semsynth")
class DRND105(SegmentationScorer):
    """DRN-D-105, which scores Cityscapes in the papers.

    A dilated ResNet-101 that ends at 1/8 of the size. Its logits are enlarged
    as its tool does: bilinearly, and as if there were zeros around the map.

    Args:
        num_classes: int >= 1. Number of classes; Cityscapes has 19 training
            ids. Defaults to `19`.
        multi_scale: bool. Whether log-probabilities of six sizes of the image
            are added up. The papers' numbers are without. Defaults to `False`.
        input_size: `(height, width)` that images are brought to first, or
            `None` to take them as they are. Defaults to `None`.
        width_divisor: int. Every width is divided by it; for tests. A divisor
            of 16. Defaults to `1`.
        block_counts: Four ints, blocks of the stages 3 to 6. Defaults to
            `(3, 4, 23, 3)`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)`, RGB, 0 to 1, less the
            mean, over the deviation of the training images.

    Returns:
        Logits `(batch, ceil(height / 8), ceil(width / 8), num_classes)`.

    Raises:
        ValueError: If an argument does not fit.

    Example:

    >>> network = keras_semsynth.checkpoints.from_official(
    ...     "drn_d_105", "drn-d-105_ms_cityscapes.pth")
    >>> network.segment(images).shape  # images: (2, 256, 512, 3), uint8
    (2, 256, 512)

    Reference:
        - [Dilated Residual Networks, CVPR 2017](https://arxiv.org/abs/1705.09914)
    """

    def __init__(
        self,
        num_classes: int = 19,
        multi_scale: bool = False,
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
        self.stage_layers = self._make_stages()
        self.head = keras.layers.Conv2D(
            num_classes,
            1,
            kernel_initializer="zeros",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="seg",
        )

    def _make_stages(self):
        policy = self.dtype_policy

        def conv(stage, filters, kernel_size=3, strides=1, dilation=1):
            return [
                ConvBatchNorm(
                    filters // self.width_divisor,
                    kernel_size,
                    strides,
                    dilation,
                    dtype=policy,
                    name=f"stage_{stage}",
                )
            ]

        def blocks(stage, filters, strides=1, dilation=1):
            return make_blocks(
                self.block_counts[stage - 3],
                filters // self.width_divisor,
                f"stage_{stage}",
                strides=strides,
                dilation=dilation,
                dtype=policy,
            )

        return [
            conv(0, 16, kernel_size=7),
            conv(1, 16),
            conv(2, 32, strides=2),
            blocks(3, 256, strides=2),
            blocks(4, 512, strides=2),
            blocks(5, 1024, dilation=2),
            blocks(6, 2048, dilation=4),
            conv(7, 512, dilation=2),
            conv(8, 512),
        ]

    def build(self, input_shape=None):
        channels = 3
        for layers in self.stage_layers:
            channels = build_chain(layers, channels)
        self.head.build((None, None, None, channels))
        # Last, so that it reaches the weights just made.
        self.trainable = False
        self.built = True

    def stages(self, image: Tensor) -> list[Tensor]:
        """Returns the features after each of the nine stages."""
        features = []
        x = image
        for layers in self.stage_layers:
            x = apply_chain(layers, x)
            features.append(x)
        return features

    def call(self, image):
        return self.head(self.stages(image)[-1])

    def enlarge(self, logits: Tensor) -> Tensor:
        """Enlarges logits eight times.

        Args:
            logits: Float tensor `(batch, height, width, channels)`.

        Returns:
            Tensor `(batch, 8 * height, 8 * width, channels)`. The same as the
            tool's transposed convolution of a 16x16 bilinear kernel: at the
            border it falls off towards zero.
        """
        logits = ops.pad(logits, ((0, 0), (1, 1), (1, 1), (0, 0)))
        height, width = (_REDUCTION * n for n in ops.shape(logits)[1:3])
        x = resize_bilinear(logits, height, width)
        cut = slice(_REDUCTION, -_REDUCTION)
        return x[:, cut, cut]

    def log_probabilities(self, pixels: np.ndarray) -> Tensor:
        """Log-probabilities on the eightfold grid that covers the image.

        Args:
            pixels: Array `(batch, height, width, 3)`, RGB, 0 to 255.

        Returns:
            float32 tensor `(batch, 8 * ceil(height / 8), 8 * ceil(width / 8),
            num_classes)`.
        """
        logits = ops.convert_to_tensor(self.logits(FORMAT.apply(pixels)))
        return ops.log_softmax(self.enlarge(logits), axis=-1)

    def class_scores(self, pixels: np.ndarray, size: tuple[int, int]) -> Tensor:
        if self.input_size is not None:
            pixels = resize_pixels(pixels, self.input_size, "bicubic")
        height, width = pixels.shape[1:3]
        scores = self.log_probabilities(pixels)
        if self.multi_scale:
            # The tool resizes every whole map, whatever grid it is on.
            scores = _to_size(scores, (height, width))
            for scale in SCALES:
                scaled = (int(height * scale), int(width * scale))
                other = self.log_probabilities(
                    resize_pixels(pixels, scaled, "bicubic")
                )
                scores = scores + _to_size(other, (height, width))
        else:
            # On one scale the tool takes multiples of 8 only. The cells of
            # other sizes stay where they are, and the far sides are cut.
            scores = scores[:, :height, :width]
        return scores if size == (height, width) else _to_size(scores, size)

    def describe(self) -> dict[str, Any]:
        return {
            **super().describe(),
            **FORMAT.describe(),
            "input_size": self.input_size or "as the images",
            "input_resize": "Pillow bicubic",
            "multi_scale": self.multi_scale,
            "scales": sorted((1.0, *SCALES)) if self.multi_scale else [1.0],
            "score_resize": "Pillow bilinear of log-probabilities",
        }


def _to_size(scores, size):
    scores = np.asarray(ops.convert_to_numpy(scores))
    return resize_planes(scores, size, "bilinear")
