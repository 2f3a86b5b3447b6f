import keras
from keras import ops

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
        num_classes: int. Ids lie in `[0, num_classes)`; count an unknown
            class too.
        image_size: `(height, width)`, multiples of 32; other such sizes work
            too. Defaults to `(256, 256)`.
        filters: int. Width of the last block. Defaults to `64`.
        noise_dim: int or `None`. Channels of the noise; `None` for a
            generator without. Defaults to `64`.
        pyramid_filters: int. Width of the first pyramid. Defaults to `64`.
        pyramid_normalization: `"batch"`, `"sync_batch"`, `"instance"` or
            `"none"`: normalization of the first pyramid. Defaults to
            `"batch"`, as in the official code.
        concatenate: bool. Whether the coarsest embedding is concatenated to
            the condition of every block. Defaults to `True`.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        normalization: `"sync_batch"`, `"batch"` or `"instance"`. Defaults to
            `"sync_batch"`.
        spectral: bool. Whether the convolutions of the blocks are spectrally
            normalized. Defaults to `True`.
        output_channels: int. Defaults to `3`.
        initializer: str. Name for `layers.kernel_initializer`.
            Defaults to `"xavier"`.
        initializer_gain: float > 0. Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

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
        num_classes,
        image_size=(256, 256),
        filters=64,
        noise_dim=64,
        pyramid_filters=64,
        pyramid_normalization="batch",
        concatenate=True,
        kernel_size=3,
        normalization="sync_batch",
        spectral=True,
        output_channels=3,
        initializer="xavier",
        initializer_gain=0.02,
        **kwargs,
    ):
        super().__init__(
            num_classes=num_classes,
            image_size=image_size,
            filters=filters,
            noise_dim=noise_dim,
            kernel_size=kernel_size,
            normalization=normalization,
            spectral=spectral,
            output_channels=output_channels,
            initializer=initializer,
            initializer_gain=initializer_gain,
            **kwargs,
        )
        check_at_least(2, pyramid_filters=pyramid_filters)
        self.pyramid_filters = pyramid_filters
        self.pyramid_normalization = pyramid_normalization
        self.concatenate = concatenate

    def build_blocks(self):
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

    def conditions(self, label_map, noise, training):
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

    def get_config(self):
        return {
            **super().get_config(),
            "pyramid_filters": self.pyramid_filters,
            "pyramid_normalization": self.pyramid_normalization,
            "concatenate": self.concatenate,
        }
