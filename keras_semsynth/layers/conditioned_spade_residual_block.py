import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.conditioned_spade import ConditionedSPADE
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.spade import NORMALIZATIONS
from keras_semsynth.layers.spectral_conv2d import SpectralConv2D


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionedSPADEResidualBlock(Configured, keras.layers.Layer):
    """A residual block whose normalizations are modulated by a condition map.

    `SPADEResidualBlock` with `ConditionedSPADE` in the place of `SPADE`: twice
    normalization, leaky ReLU 0.2 and 3x3 convolution, with
    `min(channels, filters)` channels in between. The shortcut is the identity,
    or, where the number of channels changes, normalization and a 1x1
    convolution without bias or activation.

    Args:
        filters: int. Channels of the result.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        normalization: `"sync_batch"`, `"batch"` or `"instance"`. Defaults to
            `"sync_batch"`.
        spectral: bool. Whether the convolutions of the block are spectrally
            normalized (those that modulate never are). Defaults to `True`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        condition: Float tensor `(batch, height, width, condition_channels)`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: As `ConditionedSPADE` does.

    Example:

    >>> block = keras_semsynth.layers.ConditionedSPADEResidualBlock(32)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> block(features, np.zeros((2, 16, 16, 8), "float32")).shape
    (2, 16, 16, 32)

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        spectral: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters)
        check_odd(kernel_size=kernel_size)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.filters = filters
        self.kernel_size = kernel_size
        self.normalization = normalization
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, condition_shape):
        channels = features_shape[-1]
        middle = min(channels, self.filters)
        outer = (*features_shape[:-1], channels)
        inner = (*features_shape[:-1], middle)
        self.norm_0 = self._spade("norm_0", outer, condition_shape)
        self.conv_0 = self._conv("conv_0", middle, 3, outer)
        self.norm_1 = self._spade("norm_1", inner, condition_shape)
        self.conv_1 = self._conv("conv_1", self.filters, 3, inner)
        self.norm_s = self.conv_s = None
        if channels != self.filters:
            self.norm_s = self._spade("norm_s", outer, condition_shape)
            self.conv_s = self._conv("conv_s", self.filters, 1, outer)
        self.built = True

    def _spade(self, name, shape, condition_shape):
        layer = ConditionedSPADE(
            kernel_size=self.kernel_size,
            normalization=self.normalization,
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(shape, condition_shape)
        return layer

    def _conv(self, name, filters, size, shape):
        conv = SpectralConv2D if self.spectral else keras.layers.Conv2D
        layer = conv(
            filters,
            size,
            padding="same",
            use_bias=size > 1,
            data_format="channels_last",
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(shape)
        return layer

    def call(self, features, condition, training=None):
        x = self.norm_0(features, condition, training=training)
        x = self._apply(self.conv_0, ops.leaky_relu(x, 0.2), training)
        x = self.norm_1(x, condition, training=training)
        x = self._apply(self.conv_1, ops.leaky_relu(x, 0.2), training)
        if self.conv_s is None:
            return features + x
        shortcut = self.norm_s(features, condition, training=training)
        return self._apply(self.conv_s, shortcut, training) + x

    def _apply(self, conv, x, training):
        return conv(x, training=training) if self.spectral else conv(x)

    def compute_output_shape(self, features_shape, condition_shape=None):
        return (*features_shape[:-1], self.filters)
