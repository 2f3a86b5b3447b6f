from collections.abc import Iterator

import keras
from keras import ops

from keras_semsynth.generators.label_modulated_generator import (
    LabelModulatedGenerator,
)
from keras_semsynth.generators.pyramid_generator import LEVELS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.conditional_conv_block import NORMALIZATIONS
from keras_semsynth.layers.conditional_conv_block import ConditionalConvBlock
from keras_semsynth.layers.label_feature_pyramid import LabelFeaturePyramid
from keras_semsynth.layers.layout_level import LayoutLevel

UPSAMPLINGS = ("normal", "more")
BLOCKS = ("conditional", "spade")
# Of predicted kernels that exist at a time.
ROWS_OF_A_STRIP = 32


@keras.saving.register_keras_serializable(package="keras_semsynth")
class CCFPSEGenerator(LabelModulatedGenerator):
    """Synthesizes an image by convolutions predicted from the label map.

    A start map (a projection of a style code, or the label map shrunk by
    `2**5` or `2**6` and convolved) runs through blocks of `16, 16, 16, 8, 4,
    2, 1` times `filters` channels with nearest-neighbour doublings in between.
    Every block reads its context: the label map at its size, and the level of
    the label feature pyramid at its size.

    The options `block` and `feature_pyramid` make the four generators of the
    paper's ablation. Without the pyramid, what a block needs is predicted from
    the label map at its size alone, by stacks of two convolutions.

    Args:
        *args: Arguments of `LabelModulatedGenerator`: `num_classes`,
            `image_size`, `filters` (the width of the pyramid too) and more.
        upsampling: str, `"normal"` (5 doublings) or `"more"` (6; for
            Cityscapes). How often the start map is enlarged. Defaults to
            `"normal"`.
        style_dim: int >= 1 or `None`. Length of the style code that takes the
            place of the shrunk label map; the paper's is 256. Defaults to
            `None`: no style.
        use_edge_map: bool. Whether an instance edge map is read beside the
            label map. Defaults to `False`.
        hidden_filters: int >= 1. Width of all predictors, in channels.
            Defaults to `128`.
        kernel_size: int, odd. Size of the predicted kernels. Defaults to `3`.
        normalization: str, `"sync_batch"` or `"batch"`. Normalization in the
            blocks and the pyramid. Defaults to `"sync_batch"`.
        spectral: bool. Whether the convolutions of the pyramid and the
            shortcuts are spectrally normalized (with `block="spade"`, those of
            the blocks too). Defaults to `True`.
        block: str, `"conditional"` or `"spade"` (SPADE's residual blocks,
            reading the same context). Kind of the blocks. Defaults to
            `"conditional"`.
        feature_pyramid: bool. Whether blocks read the pyramid beside the label
            map. Defaults to `True`.
        **kwargs: Arguments of `LabelModulatedGenerator`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        latent: Style code `(batch, style_dim)`; drawn if absent.
        edge_map: Float tensor `(batch, height, width, 1)` of zeros and ones.
        seed: int. Makes the drawn style code repeatable.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Full precision image `(batch, height, width, output_channels)` in
        `[-1, 1]`.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.CCFPSEGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=4)
    >>> generator(np.zeros((2, 64, 96), "int32")).shape
    (2, 64, 96, 3)

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), figure 2
    """

    def __init__(
        self,
        *args,
        upsampling: str = "normal",
        style_dim: int | None = None,
        use_edge_map: bool = False,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        spectral: bool = True,
        block: str = "conditional",
        feature_pyramid: bool = True,
        **kwargs,
    ):
        super().__init__(
            *args, normalization=normalization, spectral=spectral, **kwargs
        )
        check_choice(UPSAMPLINGS, upsampling=upsampling)
        check_choice(BLOCKS, block=block)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(1, hidden_filters=hidden_filters)
        check_odd(kernel_size=kernel_size)
        self.upsampling = upsampling
        self.use_edge_map = use_edge_map
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.block = block
        self.feature_pyramid = feature_pyramid
        self.set_levels(LEVELS[upsampling])
        self.set_latent("style", style_dim=style_dim)

    def build_conditioning(self) -> None:
        self.pyramid = None
        if self.feature_pyramid:
            self.pyramid = self._layer(
                LabelFeaturePyramid,
                self.num_classes,
                extra_channels=self.extra_channels,
                filters=self.filters,
                num_levels=len(self.levels),
                normalization=self.normalization,
                spectral=self.spectral,
                name="pyramid",
            )

    def build(self, label_map_shape=None):
        super().build(label_map_shape)
        if self.block != "conditional":
            return
        for i, level in enumerate(self.levels):
            rows, _ = self._size_of_level(i, *self.image_size)
            for name, _ in level:
                block = getattr(self, name)
                block.strips = max(1, rows // ROWS_OF_A_STRIP)

    def make_block(self, filters: int, **options) -> keras.layers.Layer:
        features = self.filters if self.feature_pyramid else 0
        options = {
            "extra_channels": self.extra_channels + features,
            "hidden_filters": self.hidden_filters,
            "kernel_size": self.kernel_size,
            **options,
        }
        if self.block == "spade":
            return self.make_label_block(filters, **options)
        return ConditionalConvBlock(
            filters,
            num_classes=self.num_classes,
            conditioning=self.conditioning,
            position_map=self.position_map,
            **options,
        )

    def layout_levels(
        self, layout: LayoutLevel, training: bool | None = None
    ) -> Iterator[LayoutLevel]:
        levels = super().layout_levels(layout, training)
        if self.pyramid is None:
            yield from levels
            return
        pyramid = self.pyramid(
            layout["label_map"], layout.get("extra_map"), training=training
        )
        for level, features in zip(levels, pyramid, strict=True):
            # The edge map, then the features.
            if self.use_edge_map:
                features = ops.concatenate(
                    [level["extra_map"], features], axis=-1
                )
            yield LayoutLevel(**{**level, "extra_map": features})
