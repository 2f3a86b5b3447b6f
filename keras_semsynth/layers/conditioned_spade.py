import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.convolution import joint_weights
from keras_semsynth.layers.enlarged_convolution import convolve_enlarged
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulation import Modulation


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionedSPADE(Modulation):
    """Normalizes features, then modulates them from a condition map.

    `SPADE` without its embedding of the label map: the condition is a map of
    features that another network made, of the size of what it modulates.
    `norm(features) * (1 + gamma(condition)) + beta(condition)`. (DP-GAN's
    paper writes `gamma`; its code uses `1 + gamma`.)

    Args:
        condition_channels: int. Channels of the level's `condition`, and of
            its `coarsest`, if it has one.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        kernel_initializer: Keras initializer of both convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Arguments of `Modulation`: `normalization`, and base layer
            arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `condition`, and
            `coarsest`, which is read as if it were enlarged to that size and
            its channels came before those of `condition`.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If `kernel_size` is not a positive odd integer, or
            `normalization` is unknown.

    Example:

    >>> layer = keras_semsynth.layers.ConditionedSPADE(condition_channels=8)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> layer(features, {"condition": features[..., :8]}).shape
    (2, 16, 16, 64)

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085)
    """

    folds_statistics = True

    def __init__(
        self,
        condition_channels: int,
        kernel_size: int = 3,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, condition_channels=condition_channels)
        check_odd(kernel_size=kernel_size)
        self.condition_channels = condition_channels
        self.kernel_size = kernel_size
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, level_shape=None):
        super().build(features_shape)
        self.gamma, self.beta = (
            convolution(
                self.condition_channels,
                features_shape[-1],
                self.kernel_size,
                kernel_initializer=self.kernel_initializer,
                dtype=self.dtype_policy,
                name=name,
            )
            for name in ("gamma", "beta")
        )

    def scale_and_shift(
        self, level: LayoutLevel, training: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns `1 + gamma` and `beta`."""
        condition = level["condition"]
        kernel, bias = self.fold(
            *joint_weights([self.gamma, self.beta]), training
        )
        coarsest = self.condition_channels - condition.shape[-1]
        both = bias + ops.conv(
            ops.cast(condition, kernel.dtype),
            kernel[:, :, coarsest:],
            padding="same",
            data_format="channels_last",
        )
        if coarsest:
            both = both + convolve_enlarged(
                ops.cast(level["coarsest"], kernel.dtype),
                kernel[:, :, :coarsest],
                *ops.shape(condition)[1:3],
            )
        return tuple(ops.split(both, 2, axis=-1))
