import keras

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.conditioned_spade import ConditionedSPADE
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionedSPADEResidualBlock(ModulatedResidualBlock):
    """A residual block that `ConditionedSPADE` modulates.

    The convolution of its shortcut is 1x1 and has no bias.

    Args:
        *args: Arguments of `ModulatedResidualBlock`: `filters` and more.
        condition_channels: int. Channels of the level's `condition`, and of
            its `coarsest`, if it has one.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        **kwargs: Arguments of `ModulatedResidualBlock`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: As for `ConditionedSPADE`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: As `ConditionedSPADE` does.

    Example:

    >>> block = keras_semsynth.layers.ConditionedSPADEResidualBlock(
    ...     32, condition_channels=8)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> block(features, {"condition": features[..., :8]}).shape
    (2, 16, 16, 32)

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085)
    """

    def __init__(
        self, *args, condition_channels: int, kernel_size: int = 3, **kwargs
    ):
        super().__init__(*args, **kwargs)
        check_at_least(1, condition_channels=condition_channels)
        check_odd(kernel_size=kernel_size)
        self.condition_channels = condition_channels
        self.kernel_size = kernel_size

    def make_modulation(self, name: str, channels: int) -> ConditionedSPADE:
        return ConditionedSPADE(
            self.condition_channels,
            kernel_size=self.kernel_size,
            normalization=self.normalization,
            **self.options(name),
        )
