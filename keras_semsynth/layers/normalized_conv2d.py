import keras

from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.normalization import make_normalization


@keras.saving.register_keras_serializable(package="keras_semsynth")
class NormalizedConv2D(Configured, keras.layers.Layer):
    """A convolution and the normalization after it, without activation.

    Args:
        filters: int. Channels of the result.
        kernel_size: int. Height and width of the kernel.
        strides: int >= 1. Steps of the window in both directions. Defaults to
            `1`.
        padding: int. Zero cells on every side. Defaults to `0`.
        normalization: `"instance"`, `"batch"`, `"sync_batch"` or `"none"`.
            Defaults to `"instance"`.
        spectral: bool. Whether the kernel is spectrally normalized.
            Defaults to `True`.
        transposed: bool. Whether to upsample: a 3x3 transposed convolution
            of stride 2 that doubles height and width; `kernel_size`, `strides`
            and `padding` must be 3, 2 and 1. Defaults to `False`.
        use_bias: bool or `None`. Whether the convolution has a bias. Defaults
            to `None`: only where no normalization follows.
        kernel_initializer: Keras initializer of the convolution. Defaults to
            `"glorot_uniform"`.
        gamma_initializer: Keras initializer of the scale of batch
            normalization. Defaults to `None`: drawn around 1 with deviation
            0.02.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.
        training: bool. Selects statistics and advances the power iteration.

    Returns:
        Tensor `(batch, new_height, new_width, filters)`.

    Raises:
        ValueError: If `normalization` is unknown or `transposed` does not fit.

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        padding: int = 0,
        normalization: str = "instance",
        spectral: bool = True,
        transposed: bool = False,
        use_bias: bool | None = None,
        kernel_initializer: InitializerLike = "glorot_uniform",
        gamma_initializer: InitializerLike | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        if transposed and (kernel_size, strides, padding) != (3, 2, 1):
            raise ValueError(
                "`transposed` needs kernel_size=3, strides=2 and padding=1. "
                f"Received: kernel_size={kernel_size}, strides={strides}, "
                f"padding={padding}."
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding
        self.normalization = normalization
        self.spectral = spectral
        self.transposed = transposed
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape):
        use_bias = self.use_bias
        if use_bias is None:
            use_bias = self.normalization == "none"
        self.conv = convolution(
            input_shape[-1],
            self.filters,
            self.kernel_size,
            spectral=self.spectral,
            transposed=self.transposed,
            strides=self.strides,
            padding="valid",
            use_bias=use_bias,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="conv",
        )
        self.norm = make_normalization(
            self.normalization,
            self.filters,
            gamma_initializer=self.gamma_initializer,
            dtype=self.dtype_policy,
            name="norm",
        )
        self.built = True

    def call(self, inputs, training=None):
        x = inputs
        if self.padding and not self.transposed:
            pad = [self.padding, self.padding]
            x = keras.ops.pad(x, [[0, 0], pad, pad, [0, 0]])
        x = self.conv(x, training=training)
        if self.transposed:
            # Padding 1 and output padding 1: drop the first row and column.
            # (`padding="same"` would drop the last.)
            x = x[:, 1:, 1:]
        return x if self.norm is None else self.norm(x, training=training)

    def compute_output_shape(self, input_shape):
        def length(size):
            if size is None:
                return None
            if self.transposed:
                return 2 * size
            padded = size + 2 * self.padding
            return (padded - self.kernel_size) // self.strides + 1

        batch, height, width, _ = input_shape
        return (batch, length(height), length(width), self.filters)
