import keras

from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.batch_normalization import BatchNormalization
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.instance_normalization import InstanceNormalization
from keras_semsynth.layers.spade import NORMALIZATIONS


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionedSPADE(Configured, keras.layers.Layer):
    """Normalizes features, then modulates them from a condition map.

    `SPADE` without its embedding of the label map: the condition is a map of
    features that another network made, of the size of what it modulates.
    `norm(features) * (1 + gamma(condition)) + beta(condition)`. (DP-GAN's
    paper writes `gamma`; its code uses `1 + gamma`.)

    Args:
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        normalization: `"sync_batch"` (statistics over all replicas),
            `"batch"` or `"instance"`; none has parameters. Defaults to
            `"sync_batch"`.
        kernel_initializer: Keras initializer of both convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        condition: Float tensor `(batch, height, width, condition_channels)`.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If `kernel_size` is not a positive odd integer, or
            `normalization` is unknown.

    Example:

    >>> layer = keras_semsynth.layers.ConditionedSPADE()
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> layer(features, np.zeros((2, 16, 16, 8), "float32")).shape
    (2, 16, 16, 64)

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085)
    """

    def __init__(
        self,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_odd(kernel_size=kernel_size)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.kernel_size = kernel_size
        self.normalization = normalization
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, condition_shape):
        if self.normalization == "instance":
            self.norm = InstanceNormalization(dtype=self.dtype_policy)
        else:
            self.norm = BatchNormalization(
                synchronized=self.normalization == "sync_batch",
                dtype=self.dtype_policy,
            )
        self.norm.build(features_shape)
        channels = features_shape[-1]
        self.gamma = self._modulation(channels, condition_shape, "gamma")
        self.beta = self._modulation(channels, condition_shape, "beta")
        self.built = True

    def _modulation(self, channels, condition_shape, name):
        layer = keras.layers.Conv2D(
            channels,
            self.kernel_size,
            padding="same",
            data_format="channels_last",
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(condition_shape)
        return layer

    def call(self, features, condition, training=None):
        normalized = self.norm(features, training=training)
        return normalized * (1 + self.gamma(condition)) + self.beta(condition)

    def compute_output_shape(self, features_shape, condition_shape=None):
        return features_shape
