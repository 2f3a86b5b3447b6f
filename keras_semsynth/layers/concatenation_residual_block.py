import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)
from keras_semsynth.layers.normalization import make_normalization


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConcatenationResidualBlock(ModulatedResidualBlock):
    """A residual block that reads the label map by concatenation.

    "Decoder w/ Concat" of SPADE's table 3, of which no official code exists:
    plain normalizations with scale and offset, and the label map beside the
    input of both 3x3 convolutions (not of the 1x1 one of the shortcut, which
    has no bias). On ADE20K that gives the paper's 79.1 million parameters.

    Args:
        *args: Arguments of `ModulatedResidualBlock`: `filters` and more.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        **kwargs: Arguments of `ModulatedResidualBlock`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `label_map`, and
            `extra_map` if `extra_channels` is not `0`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), table 3
    """

    def __init__(
        self, *args, num_classes: int, extra_channels: int = 0, **kwargs
    ):
        super().__init__(*args, **kwargs)
        check_at_least(1, num_classes=num_classes)
        check_at_least(0, extra_channels=extra_channels)
        self.num_classes = num_classes
        self.extra_channels = extra_channels

    def make_modulation(self, name: str, channels: int) -> keras.layers.Layer:
        return make_normalization(
            self.normalization,
            channels,
            gamma_initializer="ones",
            dtype=self.dtype_policy,
            name=name,
        )

    def make_convolution(
        self, name: str, channels: int, filters: int
    ) -> LabelConv2D:
        return label_convolution(
            self.num_classes,
            filters,
            3,
            spectral=self.spectral,
            extra_channels=self.extra_channels + channels,
            **self.options(name),
        )

    def convolve(
        self,
        conv: keras.layers.Layer,
        x: Tensor,
        level: LayoutLevel,
        training: bool | None,
    ) -> Tensor:
        if self.extra_channels:
            extra = ops.cast(level["extra_map"], self.compute_dtype)
            x = ops.concatenate([extra, x], axis=-1)
        return conv(level["label_map"], x, training=training)
