import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike

KINDS = ("first", "down", "up")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class UNetResidualBlock(Configured, keras.layers.Layer):
    """A residual block that halves or doubles height and width.

    | kind | main path |
    | --- | --- |
    | `"first"` | 3x3 convolution, leaky ReLU 0.2, 3x3 convolution, pooling |
    | `"down"` | leaky ReLU, then as `"first"` |
    | `"up"` | leaky ReLU, doubling, convolution, leaky ReLU, convolution |

    Pooling is a 2x2 average, doubling repeats pixels. The shortcut pools or
    doubles too, with a 1x1 convolution where the number of channels changes
    and always in the first block. It runs at the smaller of the two sizes,
    which gives the same result.

    Args:
        filters: int. Channels of the result, and in between.
        kind: `"first"`, `"down"` or `"up"`.
        spectral: bool. Whether the convolutions are spectrally normalized.
            Defaults to `True`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`; even height
            and width if it is to be halved.
        training: bool. Whether to advance the power iterations.

    Returns:
        Tensor `(batch, new_height, new_width, filters)`.

    Raises:
        ValueError: If `filters` is no positive int or `kind` is unknown.

    Example:

    >>> block = keras_semsynth.layers.UNetResidualBlock(32, "down")
    >>> block(np.zeros((2, 16, 16, 8), "float32")).shape
    (2, 8, 8, 32)

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085),
          which restates the network in table 7 of its supplement
    """

    def __init__(
        self,
        filters: int,
        kind: str,
        spectral: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters)
        check_choice(KINDS, kind=kind)
        self.filters = filters
        self.kind = kind
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        channels = features_shape[-1]
        self.conv_1 = self._conv("conv_1", 3, channels)
        self.conv_2 = self._conv("conv_2", 3, self.filters)
        self.conv_s = None
        if channels != self.filters or self.kind == "first":
            self.conv_s = self._conv("conv_s", 1, channels)
        if self.kind == "up":
            resize = keras.layers.UpSampling2D
        else:
            resize = keras.layers.AveragePooling2D
        self.resize = resize(
            2, data_format="channels_last", dtype=self.dtype_policy
        )
        self.built = True

    def _conv(self, name, size, channels):
        return convolution(
            channels,
            self.filters,
            size,
            spectral=self.spectral,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, features, training=None):
        x = shortcut = features
        if self.kind != "first":
            x = ops.leaky_relu(x, 0.2)
        if self.kind == "up":
            x = self.resize(x)
        else:
            shortcut = self.resize(shortcut)
        x = self.conv_1(x, training=training)
        x = self.conv_2(ops.leaky_relu(x, 0.2), training=training)
        if self.conv_s is not None:
            shortcut = self.conv_s(shortcut, training=training)
        if self.kind == "up":
            shortcut = self.resize(shortcut)
        else:
            x = self.resize(x)
        return shortcut + x

    def compute_output_shape(self, features_shape):
        def length(size):
            if size is None:
                return None
            return 2 * size if self.kind == "up" else size // 2

        batch, height, width, _ = features_shape
        return (batch, length(height), length(width), self.filters)
