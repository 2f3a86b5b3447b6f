import keras

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.inade import INADE
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class INADEResidualBlock(ModulatedResidualBlock):
    """A residual block that `INADE` modulates.

    Args:
        *args: Arguments of `ModulatedResidualBlock`: `filters` and more.
        num_classes: int. Ids lie in `[0, num_classes)`.
        noise_dim: int. Length of the noise. Defaults to `64`.
        **kwargs: Arguments of `ModulatedResidualBlock`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: As for `INADE`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: As `INADE` does.

    Reference:
        - [INADE, CVPR 2021](https://arxiv.org/abs/2103.06878)
    """

    def __init__(self, *args, num_classes: int, noise_dim: int = 64, **kwargs):
        super().__init__(*args, **kwargs)
        check_at_least(1, num_classes=num_classes, noise_dim=noise_dim)
        self.num_classes = num_classes
        self.noise_dim = noise_dim

    def make_modulation(self, name: str, channels: int) -> INADE:
        return INADE(
            self.num_classes,
            noise_dim=self.noise_dim,
            normalization=self.normalization,
            dtype=self.dtype_policy,
            name=name,
        )
