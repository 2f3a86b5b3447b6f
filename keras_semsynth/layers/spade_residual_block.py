import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.spade import NORMALIZATIONS
from keras_semsynth.layers.spade import SPADE
from keras_semsynth.layers.spectral_conv2d import SpectralConv2D


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SPADEResidualBlock(Configured, keras.layers.Layer):
    """A residual block whose normalizations are modulated by the label map.

    Main path: SPADE, leaky ReLU 0.2, 3x3 convolution, twice, with
    `min(channels, filters)` channels in between. The shortcut is the identity,
    or, where the number of channels changes, SPADE and a 1x1 convolution
    without bias or activation.

    Args:
        filters: int. Channels of the result.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        hidden_filters: int. Width of SPADE's embedding. Defaults to `128`.
        kernel_size: int, odd. Size of SPADE's kernels. Defaults to `3`.
        normalization: `"sync_batch"`, `"batch"` or `"instance"`. Defaults to
            `"sync_batch"`.
        spectral: bool. Whether the convolutions of the block are spectrally
            normalized (those inside SPADE never are). Defaults to `True`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        label_map: As for `SPADE`.
        extra_map: As for `SPADE`.
        patches: As for `SPADE`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: As `SPADE` does.

    Example:

    >>> block = keras_semsynth.layers.SPADEResidualBlock(32, num_classes=5)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> block(features, np.zeros((2, 32, 32), "int32")).shape
    (2, 16, 16, 32)

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), figure 4 (left)
    """

    def __init__(
        self,
        filters: int,
        num_classes: int,
        extra_channels: int = 0,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        spectral: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        # Ids must not be cast to the compute dtype: float16 holds 0 ... 2048.
        super().__init__(autocast=False, **kwargs)
        check_at_least(
            1,
            filters=filters,
            num_classes=num_classes,
            hidden_filters=hidden_filters,
        )
        check_at_least(0, extra_channels=extra_channels)
        check_odd(kernel_size=kernel_size)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.filters = filters
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.normalization = normalization
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, label_map_shape=None, extra_map_shape=None):
        channels = features_shape[-1]
        middle = min(channels, self.filters)
        outer = (*features_shape[:-1], channels)
        inner = (*features_shape[:-1], middle)
        self.norm_0 = self._spade("norm_0", outer)
        self.conv_0 = self._conv("conv_0", middle, 3, outer)
        self.norm_1 = self._spade("norm_1", inner)
        self.conv_1 = self._conv("conv_1", self.filters, 3, inner)
        self.norm_s = self.conv_s = None
        if channels != self.filters:
            self.norm_s = self._spade("norm_s", outer)
            self.conv_s = self._conv("conv_s", self.filters, 1, outer)
        self.built = True

    def _spade(self, name, shape):
        layer = SPADE(
            self.num_classes,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            kernel_size=self.kernel_size,
            normalization=self.normalization,
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(shape)
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

    def call(
        self,
        features,
        label_map,
        extra_map=None,
        patches=None,
        training=None,
    ):
        layout = {
            "label_map": label_map,
            "extra_map": extra_map,
            "patches": patches,
            "training": training,
        }
        features = ops.cast(features, self.compute_dtype)
        x = ops.leaky_relu(self.norm_0(features, **layout), 0.2)
        x = self._apply(self.conv_0, x, training)
        x = ops.leaky_relu(self.norm_1(x, **layout), 0.2)
        x = self._apply(self.conv_1, x, training)
        if self.conv_s is None:
            return features + x
        shortcut = self.norm_s(features, **layout)
        return self._apply(self.conv_s, shortcut, training) + x

    def _apply(self, conv, x, training):
        return conv(x, training=training) if self.spectral else conv(x)

    def compute_output_shape(
        self, features_shape, label_map_shape=None, extra_map_shape=None
    ):
        return (*features_shape[:-1], self.filters)
