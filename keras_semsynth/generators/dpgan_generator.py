from collections.abc import Callable

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.noise_generator import WIDTHS
from keras_semsynth.generators.noise_generator import NoiseGenerator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.layers.conditioned_spade_residual_block import (
    ConditionedSPADEResidualBlock,
)
from keras_semsynth.layers.spatial_adaptation_pyramid import (
    SpatialAdaptationPyramid,
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class DPGANGenerator(NoiseGenerator):
    """Synthesizes an image by two pyramids, of conditions and of images.

    The first embeds label map and noise at six sizes, from fine to coarse. The
    second runs from coarse to fine, as OASIS's generator does; its block `i`
    is modulated by the embedding of its own size, together with the coarsest
    one, enlarged.

    Args:
        pyramid_filters: int >= 2. Width of the first pyramid, in channels.
            Defaults to `64`.
        pyramid_normalization: str, `"batch"`, `"sync_batch"`, `"instance"` or
            `"none"`. Normalization in the first pyramid; the official code has
            `"batch"`. Defaults to `"batch"`.
        concatenate: bool. Whether the coarsest embedding is concatenated to
            the condition of every block. Defaults to `True`.
        **kwargs: Arguments of `NoiseGenerator`: `num_classes`, `image_size`,
            `filters`, `noise_dim` and more.

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
        pyramid_filters: int = 64,
        pyramid_normalization: str = "batch",
        concatenate: bool = True,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(2, pyramid_filters=pyramid_filters)
        self.pyramid_filters = pyramid_filters
        self.pyramid_normalization = pyramid_normalization
        self.concatenate = concatenate

    def build_blocks(self) -> None:
        self.pyramid = SpatialAdaptationPyramid(
            self.pyramid_filters,
            self.num_classes,
            extra_channels=self.noise_dim or 0,
            num_halvings=len(WIDTHS) - 1,
            normalization=self.pyramid_normalization,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="pyramid",
        )
        self.pyramid.build()
        condition = (1 + self.concatenate) * self.pyramid_filters
        self.blocks = []
        channels = WIDTHS[0] * self.filters
        for i, width in enumerate(WIDTHS):
            block = ConditionedSPADEResidualBlock(
                width * self.filters,
                kernel_size=self.kernel_size,
                normalization=self.normalization,
                spectral=self.spectral,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name=f"block_{i}",
            )
            block.build(
                (None, None, None, channels), (None, None, None, condition)
            )
            self.blocks.append(block)
            channels = block.filters

    def conditions(
        self, label_map: Tensor, noise: Tensor, training: bool | None
    ) -> Callable:
        levels = self.pyramid(label_map, noise, training=training)
        coarsest = levels[-1]

        def condition(i, x):
            level = levels[-1 - i]
            if self.concatenate:
                # Block 0 reads the coarsest twice, as in the official code.
                enlarged = resize_bilinear(coarsest, *ops.shape(x)[1:3])
                level = ops.concatenate([enlarged, level], axis=-1)
            return {"condition": level}

        return condition
