import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.conditional_attention import ConditionalAttention
from keras_semsynth.layers.conditional_depthwise_conv2d import (
    ConditionalDepthwiseConv2D,
)
from keras_semsynth.layers.conditional_predictor import ConditionalPredictor
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.label_conv2d import joint_label_conv2d
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.normalization import conditional_scale
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.spade import SPADE
from keras_semsynth.layers.spectral_conv2d import SpectralConv2D

NORMALIZATIONS = ("sync_batch", "batch")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionalConvBlock(Configured, keras.layers.Layer):
    """A residual block whose convolution kernels depend on the label map.

    Main path, twice, with `min(channels, filters)` channels in between: batch
    norm, conditional depthwise convolution, 1x1 convolution, conditional
    attention, leaky ReLU 0.2. The kernels of the depthwise convolutions and
    the attention are predicted from the context, pixel by pixel. The shortcut
    is the identity, or, where the number of channels changes, SPADE and a 1x1
    convolution without bias or activation.

    Args:
        filters: int. Channels of the result.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        hidden_filters: int. Width of all predictors. Defaults to `128`.
        kernel_size: int, odd. Size of the predicted kernels. Defaults to `3`.
        normalization: `"sync_batch"` (statistics over all replicas, a learned
            scale that starts at 1) or `"batch"` (a scale drawn around 1).
            Defaults to `"sync_batch"`.
        spectral: bool. Whether the convolution of the shortcut is spectrally
            normalized (nothing else ever is). Defaults to `True`.
        recompute: bool. Whether, in training, the predicted kernels, nine
            times as large as the features, are forgotten after use and
            predicted again in the backward pass. The same gradients, less
            memory, more time. Defaults to `False`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        label_map: Integer tensor `(batch, H, W)`, or a soft label map
            `(batch, H, W, num_classes)`; any `H`, `W`.
        extra_map: Float tensor `(batch, H, W, extra_channels)`, if
            `extra_channels` is not `0`: edge map and pyramid features. Label
            map and extra map are the context.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> block = keras_semsynth.layers.ConditionalConvBlock(32, num_classes=5)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> block(features, np.zeros((2, 32, 32), "int32")).shape
    (2, 16, 16, 32)

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), figure 2
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
        recompute: bool = False,
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
        self.recompute = recompute
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def _initializer(self):
        return clone_initializer(self.kernel_initializer)

    def build(self, features_shape, label_map_shape=None, extra_map_shape=None):
        channels = features_shape[-1]
        middle = min(channels, self.filters)
        self.filter = ConditionalDepthwiseConv2D(
            self.kernel_size, dtype=self.dtype_policy, name="filter"
        )
        self.norm_1 = self._norm("norm_1", channels)
        self.taps_1 = self._taps("taps_1", channels)
        self.pointwise_1 = self._pointwise("pointwise_1", channels, middle)
        self.attention_1 = self._attention("attention_1", middle)
        self.norm_2 = self._norm("norm_2", middle)
        self.taps_2 = self._taps("taps_2", middle)
        self.pointwise_2 = self._pointwise("pointwise_2", middle, self.filters)
        self.attention_2 = self._attention("attention_2", self.filters)
        self.norm_s = self.conv_s = None
        if channels != self.filters:
            self.norm_s = SPADE(
                self.num_classes,
                extra_channels=self.extra_channels,
                hidden_filters=self.hidden_filters,
                normalization=self.normalization,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name="norm_s",
            )
            self.norm_s.build((None, None, None, channels))
            self.conv_s = self._pointwise(
                "conv_s",
                channels,
                self.filters,
                SpectralConv2D if self.spectral else keras.layers.Conv2D,
                use_bias=False,
            )
        self.built = True

    def _norm(self, name, channels):
        return make_normalization(
            self.normalization,
            channels,
            gamma_initializer=conditional_scale(self.normalization),
            dtype=self.dtype_policy,
            name=name,
        )

    def _taps(self, name, channels):
        layer = ConditionalPredictor(
            channels * self.kernel_size**2,
            self.num_classes,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build()
        return layer

    def _attention(self, name, channels):
        layer = ConditionalAttention(
            self.num_classes,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, None, channels))
        return layer

    def _pointwise(
        self, name, channels, filters, conv=keras.layers.Conv2D, use_bias=True
    ):
        layer = conv(
            filters,
            1,
            use_bias=use_bias,
            data_format="channels_last",
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, None, channels))
        return layer

    def call(self, features, label_map, extra_map=None, training=None):
        features = ops.cast(features, self.compute_dtype)
        height, width = ops.shape(features)[1:3]
        label_map = resize_label_map(label_map, height, width)
        if extra_map is not None:
            extra_map = ops.cast(extra_map, self.compute_dtype)
            extra_map = resize_label_map(extra_map, height, width)
        hidden = self._hidden(label_map, extra_map)
        x = self.norm_1(features, training=training)
        x = self._filter(self.taps_1, x, hidden, training)
        x = self.pointwise_1(x) * self._gate(self.attention_1, hidden)
        x = self.norm_2(ops.leaky_relu(x, 0.2), training=training)
        x = self._filter(self.taps_2, x, hidden, training)
        x = self.pointwise_2(x) * self._gate(self.attention_2, hidden)
        x = ops.leaky_relu(x, 0.2)
        if self.conv_s is None:
            return features + x
        return self._shortcut(features, hidden, training) + x

    def _hidden(self, label_map, extra_map):
        """Returns all hidden layers that read the context, by owner.

        They are alike: one wide convolution stands for four or five.
        """
        owners = {
            self.taps_1.name: self.taps_1.hidden,
            self.taps_2.name: self.taps_2.hidden,
            self.attention_1.name: self.attention_1.predictor.hidden,
            self.attention_2.name: self.attention_2.predictor.hidden,
        }
        if self.norm_s is not None:
            owners[self.norm_s.name] = self.norm_s.shared
        layers = list(owners.values())
        maps = joint_label_conv2d(layers, label_map, extra_map)
        return dict(zip(owners, maps, strict=True))

    def _filter(self, predictor, x, hidden, training):
        hidden = hidden[predictor.name]
        if self.recompute and training:
            return predictor.forgotten(self.filter, x, hidden)
        return self.filter(x, predictor.from_hidden(hidden))

    def _gate(self, attention, hidden):
        return attention.predictor.from_hidden(hidden[attention.name])

    def _shortcut(self, features, hidden, training):
        spade = self.norm_s
        x = spade.norm(features, training=training)
        hidden = hidden[spade.name]
        x = x * (1 + spade.gamma(hidden)) + spade.beta(hidden)
        if self.spectral:
            return self.conv_s(x, training=training)
        return self.conv_s(x)

    def compute_output_shape(
        self, features_shape, label_map_shape=None, extra_map_shape=None
    ):
        return (*features_shape[:-1], self.filters)
