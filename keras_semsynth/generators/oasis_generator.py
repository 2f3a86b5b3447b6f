from collections.abc import Callable

import keras

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.noise_generator import WIDTHS
from keras_semsynth.generators.noise_generator import NoiseGenerator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.spade_residual_block import SPADEResidualBlock


@keras.saving.register_keras_serializable(package="keras_semsynth")
class OASISGenerator(NoiseGenerator):
    """Synthesizes an image from a label map and noise by SPADE blocks.

    The label map, with noise beside it as further channels, is what the start
    map is made from and what every SPADE layer reads.

    Args:
        hidden_filters: int >= 1. Width of SPADE's embedding, in channels.
            Defaults to `128`.
        **kwargs: Arguments of `NoiseGenerator`: `num_classes`, `image_size`,
            `filters`, `noise_dim` and more.

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

    def __init__(self, *args, hidden_filters: int = 128, **kwargs):
        super().__init__(*args, **kwargs)
        check_at_least(1, hidden_filters=hidden_filters)
        self.hidden_filters = hidden_filters

    def build_blocks(self) -> None:
        self.blocks = []
        channels = WIDTHS[0] * self.filters
        for i, width in enumerate(WIDTHS):
            block = SPADEResidualBlock(
                width * self.filters,
                self.num_classes,
                extra_channels=self.noise_dim or 0,
                hidden_filters=self.hidden_filters,
                kernel_size=self.kernel_size,
                normalization=self.normalization,
                spectral=self.spectral,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name=f"block_{i}",
            )
            block.build((None, None, None, channels))
            self.blocks.append(block)
            channels = block.filters

    def conditions(
        self, label_map: Tensor, noise: Tensor, training: bool | None
    ) -> Callable:
        return lambda i, x: {"label_map": label_map, "extra_map": noise}
