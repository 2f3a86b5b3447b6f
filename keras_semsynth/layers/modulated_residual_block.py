import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.label_layer import LabelLayer
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulation import NORMALIZATIONS
from keras_semsynth.layers.modulation import Modulation


class ModulatedResidualBlock(LabelLayer):
    """A residual block whose normalizations are modulated by the layout.

    Main path: modulation, leaky ReLU 0.2, 3x3 convolution, twice, with
    `min(channels, filters)` channels in between. The shortcut is the identity,
    or, where the number of channels changes, modulation and a convolution
    without activation.

    Subclasses say what the modulations are (`make_modulation`), and may say
    what the convolutions are (`make_convolution`) and how they read the layout
    (`convolve`).

    Args:
        filters: int. Channels of the result.
        normalization: `"sync_batch"`, `"batch"` or `"instance"`. Defaults to
            `"sync_batch"`.
        spectral: bool. Whether the convolutions of the block are spectrally
            normalized (those that modulate never are). Defaults to `True`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        filters: int,
        normalization: str = "sync_batch",
        spectral: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.filters = filters
        self.normalization = normalization
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, level_shape=None):
        channels = features_shape[-1]
        middle = min(channels, self.filters)
        self.norm_0 = self._modulation("norm_0", channels)
        self.conv_0 = self.make_convolution("conv_0", channels, middle)
        self.norm_1 = self._modulation("norm_1", middle)
        self.conv_1 = self.make_convolution("conv_1", middle, self.filters)
        self.norm_s = self.conv_s = None
        if channels != self.filters:
            self.norm_s = self._modulation("norm_s", channels)
            self.conv_s = self.make_shortcut("conv_s", channels, self.filters)
        self.built = True

    def _modulation(self, name, channels):
        layer = self.make_modulation(name, channels)
        if not layer.built:
            layer.build((None, None, None, channels))
        return layer

    def options(self, name: str) -> dict:
        """Returns what every layer inside is made with."""
        return {
            "kernel_initializer": self.kernel_initializer,
            "dtype": self.dtype_policy,
            "name": name,
        }

    def make_modulation(self, name: str, channels: int) -> keras.layers.Layer:
        """Returns `norm_0`, `norm_1` or `norm_s`, for so many channels.

        A `Modulation`, or a normalization that reads nothing of the layout.
        """
        raise NotImplementedError

    def make_convolution(
        self, name: str, channels: int, filters: int
    ) -> keras.layers.Layer:
        """Returns `conv_0` or `conv_1`, built for so many channels."""
        return convolution(
            channels, filters, 3, spectral=self.spectral, **self.options(name)
        )

    def make_shortcut(
        self, name: str, channels: int, filters: int
    ) -> keras.layers.Layer:
        """Returns `conv_s`, built for so many channels."""
        return convolution(
            channels,
            filters,
            1,
            use_bias=False,
            spectral=self.spectral,
            **self.options(name),
        )

    def call(self, features, level, training=None):
        features = ops.cast(features, self.compute_dtype)

        def modulate(norm, x):
            if isinstance(norm, Modulation):
                return norm(x, level, training=training)
            return norm(x, training=training)

        def convolve(norm, conv, x):
            x = ops.leaky_relu(modulate(norm, x), 0.2)
            return self.convolve(conv, x, level, training)

        x = convolve(self.norm_0, self.conv_0, features)
        x = convolve(self.norm_1, self.conv_1, x)
        if self.conv_s is None:
            return features + x
        shortcut = modulate(self.norm_s, features)
        return self.conv_s(shortcut, training=training) + x

    def convolve(
        self,
        conv: keras.layers.Layer,
        x: Tensor,
        level: LayoutLevel,
        training: bool | None,
    ) -> Tensor:
        """Applies `conv_0` or `conv_1`."""
        return conv(x, training=training)

    def compute_output_shape(self, features_shape, level_shape=None):
        return (*features_shape[:-1], self.filters)
