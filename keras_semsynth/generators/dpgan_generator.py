from collections.abc import Iterator

import keras
from keras import ops

from keras_semsynth.generators.label_modulated_generator import (
    LabelModulatedGenerator,
)
from keras_semsynth.generators.oasis_generator import WIDTHS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.layers.clade_residual_block import CLADEResidualBlock
from keras_semsynth.layers.conditioned_spade_residual_block import (
    ConditionedSPADEResidualBlock,
)
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)
from keras_semsynth.layers.spatial_adaptation_pyramid import (
    SpatialAdaptationPyramid,
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class DPGANGenerator(LabelModulatedGenerator):
    """Synthesizes an image by two pyramids, of conditions and of images.

    The first embeds label map and noise at six sizes, from fine to coarse. The
    second runs from coarse to fine, as OASIS's generator does; its block `i`
    is modulated by the embedding of its own size, together with the coarsest
    one, enlarged.

    Args:
        *args: Arguments of `LabelModulatedGenerator`: `num_classes`,
            `image_size`, `filters` and more.
        noise_dim: int >= 1 or `None`. Channels of the noise; `None` for a
            generator without. Defaults to `64`.
        pyramid_filters: int >= 2. Width of the first pyramid, in channels.
            Defaults to `64`.
        pyramid_normalization: str, `"batch"`, `"sync_batch"`, `"instance"` or
            `"none"`. Normalization in the first pyramid; the official code has
            `"batch"`. Defaults to `"batch"`.
        concatenate: bool. Whether the coarsest embedding is concatenated to
            the condition of every block. Defaults to `True`.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        **kwargs: Arguments of `LabelModulatedGenerator`.

    Call arguments:
        label_map, latent, edge_map, seed, training: As for `OASISGenerator`.

    Returns:
        Image `(batch, height, width, output_channels)` in `[-1, 1]`, at least
        float32.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.DPGANGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=4, pyramid_filters=8)
    >>> generator(np.zeros((2, 64, 96), "int32"), seed=7).shape
    (2, 64, 96, 3)

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085), section 3.1
    """

    def __init__(
        self,
        *args,
        noise_dim: int | None = 64,
        pyramid_filters: int = 64,
        pyramid_normalization: str = "batch",
        concatenate: bool = True,
        kernel_size: int = 3,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(2, pyramid_filters=pyramid_filters)
        check_odd(kernel_size=kernel_size)
        self.pyramid_filters = pyramid_filters
        self.pyramid_normalization = pyramid_normalization
        self.concatenate = concatenate
        self.kernel_size = kernel_size
        self.set_levels([[name] for name in WIDTHS], WIDTHS)
        self.set_latent("noise", noise_dim=noise_dim)

    def build_conditioning(self) -> None:
        self.pyramid = self._layer(
            SpatialAdaptationPyramid,
            self.pyramid_filters,
            self.num_classes,
            extra_channels=self.extra_channels,
            num_halvings=len(self.levels) - 1,
            normalization=self.pyramid_normalization,
            name="pyramid",
        )

    def make_block(self, filters: int, **options) -> ModulatedResidualBlock:
        channels = (1 + self.concatenate) * self.pyramid_filters
        if self.conditioning == "clade":
            return CLADEResidualBlock(
                filters,
                num_classes=self.num_classes,
                extra_channels=channels,
                position_map=self.position_map,
                **options,
            )
        return ConditionedSPADEResidualBlock(
            filters,
            condition_channels=channels,
            kernel_size=self.kernel_size,
            **options,
        )

    def layout_levels(
        self, layout: LayoutLevel, training: bool | None = None
    ) -> Iterator[LayoutLevel]:
        _, *pyramid = self.pyramid(
            layout["label_map"], layout.get("extra_map"), training=training
        )
        coarsest = pyramid[-1]
        levels = super().layout_levels(layout, training)
        # The first is the coarsest twice, as in the official code.
        for level, condition in zip(levels, reversed(pyramid), strict=True):
            if self.conditioning == "clade":
                if self.concatenate:
                    size = ops.shape(condition)[1:3]
                    condition = ops.concatenate(
                        [resize_bilinear(coarsest, *size), condition], axis=-1
                    )
                yield LayoutLevel(**{**level, "extra_map": condition})
            elif self.concatenate:
                yield LayoutLevel(condition=condition, coarsest=coarsest)
            else:
                yield LayoutLevel(condition=condition)
