import keras

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.clade import CLADE
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class CLADEResidualBlock(ModulatedResidualBlock):
    """A residual block that `CLADE` modulates.

    The convolution of its shortcut is 1x1 and has no bias.

    Args:
        *args: Arguments of `ModulatedResidualBlock`: `filters` and more.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        position_map: bool. Whether the level's `positions` are read. Defaults
            to `False`.
        **kwargs: Arguments of `ModulatedResidualBlock`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: As for `CLADE`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: As `CLADE` does.

    Example:

    >>> block = keras_semsynth.layers.CLADEResidualBlock(32, num_classes=5)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> block(features, {"label_map": np.zeros((2, 16, 16), "int32")}).shape
    (2, 16, 16, 32)

    Reference:
        - [CLADE, TPAMI 2021](https://arxiv.org/abs/2012.04644)
    """

    def __init__(
        self,
        *args,
        num_classes: int,
        extra_channels: int = 0,
        position_map: bool = False,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_at_least(1, num_classes=num_classes)
        check_at_least(0, extra_channels=extra_channels)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.position_map = position_map

    def make_modulation(self, name: str, channels: int) -> CLADE:
        return CLADE(
            self.num_classes,
            extra_channels=self.extra_channels,
            position_map=self.position_map,
            normalization=self.normalization,
            **self.options(name),
        )
