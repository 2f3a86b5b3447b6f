import keras

from keras_semsynth.generators.label_modulated_generator import (
    LabelModulatedGenerator,
)
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)

# Blocks -> width over `filters`; a doubling lies between two.
WIDTHS = {
    "block_0": 16,
    "block_1": 16,
    "block_2": 8,
    "block_3": 4,
    "block_4": 2,
    "block_5": 1,
}


@keras.saving.register_keras_serializable(package="keras_semsynth")
class OASISGenerator(LabelModulatedGenerator):
    """Synthesizes an image from a label map and noise by SPADE blocks.

    The label map, with noise beside it as further channels, is what the start
    map (at 1/32 of the size) is made from and what every SPADE layer reads.
    Six residual blocks of `16, 16, 8, 4, 2, 1` times `filters` channels follow
    each other, with nearest-neighbour doublings in between.

    The noise is a vector an image, the same at every pixel, or a map
    `(batch, height, width, noise_dim)`: pixels or regions may then have noise
    of their own, to change one region of an image only.

    Args:
        *args: Arguments of `LabelModulatedGenerator`: `num_classes`,
            `image_size`, `filters` and more.
        noise_dim: int >= 1 or `None`. Channels of the noise; `None` for a
            generator without. Defaults to `64`.
        hidden_filters: int >= 1. Width of SPADE's embedding, in channels.
            Defaults to `128`.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        **kwargs: Arguments of `LabelModulatedGenerator`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        latent: Noise `(batch, noise_dim)`, the same at every pixel, or
            `(batch, height, width, noise_dim)`. Absent, a vector an image is
            drawn, also in training, as the official code does.
        edge_map: Not supported; must be `None`.
        seed: int. Makes the drawn noise repeatable.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Image `(batch, height, width, output_channels)` in `[-1, 1]`, at least
        float32.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.OASISGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=4)
    >>> generator(np.zeros((2, 64, 96), "int32"), seed=7).shape
    (2, 64, 96, 3)

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
    """

    def __init__(
        self,
        *args,
        noise_dim: int | None = 64,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(1, hidden_filters=hidden_filters)
        check_odd(kernel_size=kernel_size)
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.set_levels([[name] for name in WIDTHS], WIDTHS)
        self.set_latent("noise", noise_dim=noise_dim)

    @property
    def blocks_read_labels(self) -> bool:
        return self.conditioning == "spade"

    def make_block(self, filters: int, **options) -> ModulatedResidualBlock:
        return self.make_label_block(
            filters,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            kernel_size=self.kernel_size,
            **options,
        )
