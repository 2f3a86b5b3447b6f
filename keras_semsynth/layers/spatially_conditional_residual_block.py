import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.spade import NORMALIZATIONS
from keras_semsynth.layers.spade import SPADE
from keras_semsynth.layers.spatially_conditional_conv2d import (
    SpatiallyConditionalConv2D,
)
from keras_semsynth.layers.spatially_conditional_normalization import (
    SpatiallyConditionalNormalization,
)
from keras_semsynth.layers.spectral_conv2d import SpectralConv2D
from keras_semsynth.layers.vector_conv2d import VectorConv2D

OPERATORS = ("conditional", "plain")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpatiallyConditionalResidualBlock(Configured, keras.layers.Layer):
    """A residual block whose operators are mixed by semantic vectors.

    Main path: SCN, leaky ReLU 0.2, SCC 3x3, twice, with
    `min(channels, filters)` channels in between. The shortcut is the identity,
    or, where the number of channels changes, SPADE on the label map and a 3x3
    convolution with bias. (The paper makes the shortcut part of the same
    operators; the official weights have SPADE there.)

    Args:
        filters: int. Channels of the result.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        num_conv_candidates: int. Kernels of each SCC. Defaults to `3`.
        num_norm_candidates: int. Scales and shifts of each SCN. Defaults to
            `3`.
        convolution: `"conditional"` (SCC) or `"plain"`: a `VectorConv2D` in
            the place of each SCC, of `num_conv_candidates` convolutions.
            Defaults to `"conditional"`.
        modulation: `"conditional"` (SCN) or `"plain"`: `normalization` with a
            scale and shift a channel in the place of SCN and of the shortcut's
            SPADE. Defaults to `"conditional"`.
        hidden_filters: int. Width of SPADE's embedding. Defaults to `128`.
        normalization: `"sync_batch"`, `"batch"` or `"instance"`. Defaults to
            `"sync_batch"`.
        spectral: bool. Whether the convolutions of the block are spectrally
            normalized (those inside SPADE never are). Defaults to `True`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        conv_vectors: Float tensor `(batch, height, width,
            num_conv_candidates)`.
        norm_vectors: Float tensor `(batch, height, width,
            num_norm_candidates)`.
        label_map: As for `SPADE`; read only where a SPADE layer is.
        extra_map: As for `SPADE`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), figure 4
    """

    def __init__(
        self,
        filters: int,
        num_classes: int,
        extra_channels: int = 0,
        num_conv_candidates: int = 3,
        num_norm_candidates: int = 3,
        convolution: str = "conditional",
        modulation: str = "conditional",
        hidden_filters: int = 128,
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
            num_conv_candidates=num_conv_candidates,
            num_norm_candidates=num_norm_candidates,
            hidden_filters=hidden_filters,
        )
        check_at_least(0, extra_channels=extra_channels)
        check_choice(OPERATORS, convolution=convolution, modulation=modulation)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.filters = filters
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.num_conv_candidates = num_conv_candidates
        self.num_norm_candidates = num_norm_candidates
        self.convolution = convolution
        self.modulation = modulation
        self.hidden_filters = hidden_filters
        self.normalization = normalization
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, *shapes, **named_shapes):
        channels = features_shape[-1]
        middle = min(channels, self.filters)
        outer = (*features_shape[:-1], channels)
        inner = (*features_shape[:-1], middle)
        self.norm_0 = self._norm("norm_0", outer)
        self.conv_0 = self._conv("conv_0", middle, outer)
        self.norm_1 = self._norm("norm_1", inner)
        self.conv_1 = self._conv("conv_1", self.filters, inner)
        self.norm_s = self.conv_s = None
        if channels != self.filters:
            self.norm_s = self._shortcut_norm("norm_s", outer)
            self.conv_s = self._shortcut_conv("conv_s", self.filters, outer)
        self.built = True

    def _norm(self, name, shape):
        if self.modulation == "plain":
            return self._plain_norm(name, shape)
        layer = SpatiallyConditionalNormalization(
            self.num_norm_candidates,
            self.normalization,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(shape)
        return layer

    def _shortcut_norm(self, name, shape):
        if self.modulation == "plain":
            return self._plain_norm(name, shape)
        layer = SPADE(
            self.num_classes,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            normalization=self.normalization,
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(shape)
        return layer

    def _plain_norm(self, name, shape):
        return make_normalization(
            self.normalization, shape[-1], dtype=self.dtype_policy, name=name
        )

    def _conv(self, name, filters, shape):
        layers = {
            "conditional": SpatiallyConditionalConv2D,
            "plain": VectorConv2D,
        }
        layer = layers[self.convolution](
            filters,
            self.num_conv_candidates,
            spectral=self.spectral,
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(shape, (*shape[:-1], self.num_conv_candidates))
        return layer

    def _shortcut_conv(self, name, filters, shape):
        conv = SpectralConv2D if self.spectral else keras.layers.Conv2D
        layer = conv(
            filters,
            3,
            padding="same",
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
        conv_vectors,
        norm_vectors,
        label_map,
        extra_map=None,
        training=None,
    ):
        layout = {"label_map": label_map, "extra_map": extra_map}
        features = ops.cast(features, self.compute_dtype)

        def norm(layer, x):
            if self.modulation == "plain":
                return layer(x, training=training)
            return layer(x, norm_vectors, training=training)

        def conv(layer, x):
            x = ops.leaky_relu(x, 0.2)
            return layer(x, conv_vectors, training=training)

        x = conv(self.conv_0, norm(self.norm_0, features))
        x = conv(self.conv_1, norm(self.norm_1, x))
        if self.conv_s is None:
            return features + x
        if self.modulation == "plain":
            shortcut = self.norm_s(features, training=training)
        else:
            shortcut = self.norm_s(features, **layout, training=training)
        if self.spectral:
            return self.conv_s(shortcut, training=training) + x
        return self.conv_s(shortcut) + x

    def compute_output_shape(self, features_shape, *shapes, **named_shapes):
        return (*features_shape[:-1], self.filters)
