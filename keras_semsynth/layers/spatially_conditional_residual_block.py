import keras

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.label_modulation import CONDITIONINGS
from keras_semsynth.layers.label_modulation import label_modulation
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.spatially_conditional_conv2d import (
    SpatiallyConditionalConv2D,
)
from keras_semsynth.layers.spatially_conditional_normalization import (
    SpatiallyConditionalNormalization,
)
from keras_semsynth.layers.vector_conv2d import VectorConv2D

OPERATORS = ("conditional", "plain")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpatiallyConditionalResidualBlock(ModulatedResidualBlock):
    """A residual block whose operators are mixed by semantic vectors.

    Main path: SCN, leaky ReLU 0.2, SCC 3x3, twice, with
    `min(channels, filters)` channels in between. The shortcut is the identity,
    or, where the number of channels changes, SPADE (or CLADE) on the label map
    and a 3x3 convolution with bias. (The paper makes the shortcut part of the
    same operators; the official weights have SPADE there.)

    Args:
        *args: Arguments of `ModulatedResidualBlock`: `filters` and more.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        num_conv_candidates: int. Kernels of each SCC. Defaults to `3`.
        num_norm_candidates: int. Scales and shifts of each SCN. Defaults to
            `3`.
        convolution: `"conditional"` (SCC) or `"plain"`: a `VectorConv2D` in
            the place of each SCC, of `num_conv_candidates` convolutions.
            Defaults to `"conditional"`.
        modulation: `"conditional"` (SCN) or `"plain"`: `normalization` with a
            scale and shift a channel in the place of SCN and of what modulates
            the shortcut. Defaults to `"conditional"`.
        conditioning: `"spade"` or `"clade"`. What modulates the shortcut.
            Defaults to `"spade"`.
        position_map: bool. Whether CLADE reads the level's `positions`.
            Defaults to `False`.
        hidden_filters: int. Width of SPADE's embedding. Defaults to `128`.
        **kwargs: Arguments of `ModulatedResidualBlock`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `conv_vectors` of
            `num_conv_candidates` and `norm_vectors` of `num_norm_candidates`
            channels; and what `SPADE` or `CLADE` reads, for the shortcut.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), figure 4
    """

    def __init__(
        self,
        *args,
        num_classes: int,
        extra_channels: int = 0,
        num_conv_candidates: int = 3,
        num_norm_candidates: int = 3,
        convolution: str = "conditional",
        modulation: str = "conditional",
        conditioning: str = "spade",
        position_map: bool = False,
        hidden_filters: int = 128,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(
            1,
            num_classes=num_classes,
            num_conv_candidates=num_conv_candidates,
            num_norm_candidates=num_norm_candidates,
            hidden_filters=hidden_filters,
        )
        check_at_least(0, extra_channels=extra_channels)
        check_choice(OPERATORS, convolution=convolution, modulation=modulation)
        check_choice(CONDITIONINGS, conditioning=conditioning)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.num_conv_candidates = num_conv_candidates
        self.num_norm_candidates = num_norm_candidates
        self.convolution = convolution
        self.modulation = modulation
        self.conditioning = conditioning
        self.position_map = position_map
        self.hidden_filters = hidden_filters

    def make_modulation(self, name: str, channels: int) -> keras.layers.Layer:
        if self.modulation == "plain":
            return make_normalization(
                self.normalization,
                channels,
                dtype=self.dtype_policy,
                name=name,
            )
        if name == "norm_s":
            return label_modulation(
                self.conditioning,
                self.num_classes,
                position_map=self.position_map,
                extra_channels=self.extra_channels,
                hidden_filters=self.hidden_filters,
                normalization=self.normalization,
                **self.options(name),
            )
        return SpatiallyConditionalNormalization(
            self.num_norm_candidates,
            normalization=self.normalization,
            dtype=self.dtype_policy,
            name=name,
        )

    def make_convolution(
        self, name: str, channels: int, filters: int
    ) -> keras.layers.Layer:
        conv = {
            "conditional": SpatiallyConditionalConv2D,
            "plain": VectorConv2D,
        }[self.convolution]
        layer = conv(
            filters,
            self.num_conv_candidates,
            spectral=self.spectral,
            **self.options(name),
        )
        layer.build(
            (None, None, None, channels),
            (None, None, None, self.num_conv_candidates),
        )
        return layer

    def make_shortcut(
        self, name: str, channels: int, filters: int
    ) -> keras.layers.Layer:
        return convolution(
            channels, filters, 3, spectral=self.spectral, **self.options(name)
        )

    def convolve(
        self,
        conv: keras.layers.Layer,
        x: Tensor,
        level: LayoutLevel,
        training: bool | None,
    ) -> Tensor:
        return conv(x, level["conv_vectors"], training=training)
