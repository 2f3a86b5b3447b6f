import keras

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)
from keras_semsynth.layers.spade import SPADE


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SPADEResidualBlock(ModulatedResidualBlock):
    """A residual block that `SPADE` modulates.

    The convolution of its shortcut is 1x1 and has no bias.

    Args:
        *args: Arguments of `ModulatedResidualBlock`: `filters` and more.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        hidden_filters: int. Width of SPADE's embedding. Defaults to `128`.
        kernel_size: int, odd. Size of SPADE's kernels. Defaults to `3`.
        **kwargs: Arguments of `ModulatedResidualBlock`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: As for `SPADE`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: As `SPADE` does.

    Example:

    >>> block = keras_semsynth.layers.SPADEResidualBlock(32, num_classes=5)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> block(features, {"label_map": np.zeros((2, 16, 16), "int32")}).shape
    (2, 16, 16, 32)

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), figure 4 (left)
    """

    def __init__(
        self,
        *args,
        num_classes: int,
        extra_channels: int = 0,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(
            1, num_classes=num_classes, hidden_filters=hidden_filters
        )
        check_at_least(0, extra_channels=extra_channels)
        check_odd(kernel_size=kernel_size)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size

    def make_modulation(self, name: str, channels: int) -> SPADE:
        return SPADE(
            self.num_classes,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            kernel_size=self.kernel_size,
            normalization=self.normalization,
            **self.options(name),
        )
