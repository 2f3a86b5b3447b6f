import functools

import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.conditional_depthwise_conv2d import (
    ConditionalDepthwiseConv2D,
)
from keras_semsynth.layers.conditional_depthwise_conv2d import (
    conditional_depthwise_conv2d,
)
from keras_semsynth.layers.conditional_predictor import ConditionalPredictor
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.label_conv2d import joint_label_conv2d
from keras_semsynth.layers.label_layer import LabelLayer
from keras_semsynth.layers.label_modulation import CONDITIONINGS
from keras_semsynth.layers.label_modulation import label_modulation
from keras_semsynth.layers.normalization import conditional_scale
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.spade import SPADE

NORMALIZATIONS = ("sync_batch", "batch")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionalConvBlock(LabelLayer):
    """A residual block whose convolution kernels depend on the label map.

    Main path, twice, with `min(channels, filters)` channels in between: batch
    norm, conditional depthwise convolution, 1x1 convolution, conditional
    attention, leaky ReLU 0.2. The kernels of the depthwise convolutions and
    the attention are predicted from the context, pixel by pixel. The shortcut
    is the identity, or, where the number of channels changes, SPADE (or CLADE)
    and a 1x1 convolution without bias or activation.

    Args:
        filters: int. Channels of the result.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        hidden_filters: int. Width of all predictors. Defaults to `128`.
        kernel_size: int, odd. Size of the predicted kernels. Defaults to `3`.
        normalization: `"sync_batch"` (statistics over all replicas, a learned
            scale that starts at 1) or `"batch"` (a scale drawn around 1).
            Defaults to `"sync_batch"`.
        spectral: bool. Whether the convolution of the shortcut is spectrally
            normalized (nothing else ever is). Defaults to `True`.
        conditioning: `"spade"` or `"clade"`. What modulates the shortcut.
            Defaults to `"spade"`.
        position_map: bool. Whether CLADE reads the level's `positions`.
            Defaults to `False`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `label_map`, and
            `extra_map` (edge map and pyramid features) if `extra_channels` is
            not `0`. The two are the context. CLADE may read more.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> block = keras_semsynth.layers.ConditionalConvBlock(32, num_classes=5)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> block(features, {"label_map": np.zeros((2, 16, 16), "int32")}).shape
    (2, 16, 16, 32)

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), figure 2
    """

    # Kernels are predicted and used in so many strips, where the backward pass
    # does not read them. A generator sets it, which knows its sizes.
    strips = 1

    def __init__(
        self,
        filters: int,
        num_classes: int,
        extra_channels: int = 0,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        spectral: bool = True,
        conditioning: str = "spade",
        position_map: bool = False,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            filters=filters,
            num_classes=num_classes,
            hidden_filters=hidden_filters,
        )
        check_at_least(0, extra_channels=extra_channels)
        check_odd(kernel_size=kernel_size)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_choice(CONDITIONINGS, conditioning=conditioning)
        self.filters = filters
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.normalization = normalization
        self.spectral = spectral
        self.conditioning = conditioning
        self.position_map = position_map
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, level_shape=None):
        channels = features_shape[-1]
        middle = min(channels, self.filters)
        self.filter = ConditionalDepthwiseConv2D(
            self.kernel_size, dtype=self.dtype_policy, name="filter"
        )
        self.norm_1 = self._norm("norm_1", channels)
        self.taps_1 = self._taps("taps_1", channels)
        self.pointwise_1 = convolution(
            channels, middle, 1, **self._options("pointwise_1")
        )
        self.attention_1 = self._attention("attention_1", middle)
        self.norm_2 = self._norm("norm_2", middle)
        self.taps_2 = self._taps("taps_2", middle)
        self.pointwise_2 = convolution(
            middle, self.filters, 1, **self._options("pointwise_2")
        )
        self.attention_2 = self._attention("attention_2", self.filters)
        self.norm_s = self.conv_s = None
        if channels != self.filters:
            self.norm_s = label_modulation(
                self.conditioning,
                self.num_classes,
                position_map=self.position_map,
                extra_channels=self.extra_channels,
                hidden_filters=self.hidden_filters,
                normalization=self.normalization,
                **self._options("norm_s"),
            )
            self.norm_s.build((None, None, None, channels))
            self.conv_s = convolution(
                channels,
                self.filters,
                1,
                spectral=self.spectral,
                use_bias=False,
                **self._options("conv_s"),
            )
        self.built = True

    def _options(self, name):
        return {
            "kernel_initializer": self.kernel_initializer,
            "dtype": self.dtype_policy,
            "name": name,
        }

    def _norm(self, name, channels):
        return make_normalization(
            self.normalization,
            channels,
            gamma_initializer=conditional_scale(self.normalization),
            dtype=self.dtype_policy,
            name=name,
        )

    def _taps(self, name, channels):
        return self._predictor(name, channels * self.kernel_size**2)

    def _attention(self, name, channels):
        return self._predictor(name, channels, activation="sigmoid")

    def _predictor(self, name, filters, activation=None):
        layer = ConditionalPredictor(
            filters,
            self.num_classes,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            activation=activation,
            **self._options(name),
        )
        layer.build()
        return layer

    def call(self, features, level, training=None):
        features = ops.cast(features, self.compute_dtype)
        hidden = self._hidden(level["label_map"], level.get("extra_map"))

        # Eq. 2: the attention decides which channels matter for the class of
        # a pixel.
        def gate(attention):
            return attention.from_hidden(hidden[attention.name])

        x = self.norm_1(features, training=training)
        x = self.pointwise_1(self._filter(x, self.taps_1, hidden, training))
        x = ops.leaky_relu(x * gate(self.attention_1), 0.2)
        x = self.norm_2(x, training=training)
        x = self.pointwise_2(self._filter(x, self.taps_2, hidden, training))
        x = ops.leaky_relu(x * gate(self.attention_2), 0.2)
        if self.conv_s is None:
            return features + x
        if isinstance(self.norm_s, SPADE):
            scale, shift = self.norm_s.from_hidden(
                hidden[self.norm_s.name], training
            )
        else:
            scale, shift = self.norm_s.scale_and_shift(level, training)
        shortcut = self.norm_s.modulate(features, scale, shift, training)
        return self.conv_s(shortcut, training=training) + x

    def _filter(self, x, taps, hidden, training):
        hidden = hidden[taps.name]
        height = x.shape[1]
        strips = self.strips if height is None else min(self.strips, height)
        if training or strips == 1:
            return self.filter(x, taps.from_hidden(hidden))
        return taps.apply_in_strips(
            functools.partial(
                conditional_depthwise_conv2d,
                kernel_size=self.kernel_size,
                padding="valid",
            ),
            x,
            hidden,
            self.kernel_size // 2,
            strips,
        )

    def _hidden(self, label_map, extra_map):
        """Returns all hidden layers that read the context, by owner.

        They are alike: one wide convolution stands for four or five.
        """
        owners = {
            predictor.name: predictor.hidden
            for predictor in (
                self.taps_1,
                self.taps_2,
                self.attention_1,
                self.attention_2,
            )
        }
        if isinstance(self.norm_s, SPADE):
            owners[self.norm_s.name] = self.norm_s.shared
        maps = joint_label_conv2d(list(owners.values()), label_map, extra_map)
        return dict(zip(owners, maps, strict=True))

    def compute_output_shape(self, features_shape, level_shape=None):
        return (*features_shape[:-1], self.filters)
