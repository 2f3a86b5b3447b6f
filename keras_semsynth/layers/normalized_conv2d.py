import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.doubled_convolution import convolve_doubled
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
        doubled: bool. Whether every row and column of the features is repeated
            before they are convolved; `kernel_size`, `strides` and `padding`
            must be 3, 1 and 1. Defaults to `False`.
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
        ValueError: If `normalization` is unknown, or `transposed` or `doubled`
            does not fit.

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
        doubled: bool = False,
        use_bias: bool | None = None,
        kernel_initializer: InitializerLike = "glorot_uniform",
        gamma_initializer: InitializerLike | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        given = (kernel_size, strides, padding)
        for name, chosen, needed in (
            ("transposed", transposed, (3, 2, 1)),
            ("doubled", doubled, (3, 1, 1)),
        ):
            if chosen and given != needed:
                raise ValueError(
                    f"`{name}` needs kernel_size={needed[0]}, "
                    f"strides={needed[1]} and padding={needed[2]}. "
                    f"Received: kernel_size={kernel_size}, "
                    f"strides={strides}, padding={padding}."
                )
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding
        self.normalization = normalization
        self.spectral = spectral
        self.transposed = transposed
        self.doubled = doubled
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
        if self.doubled:
            x = self._convolve_doubled(inputs, training)
        elif self.transposed:
            # Padding 1 and output padding 1: drop the first row and column.
            # (`padding="same"` would drop the last.)
            x = self.conv(inputs, training=training)[:, 1:, 1:]
        else:
            x = self._convolve(inputs, training)
        return x if self.norm is None else self.norm(x, training=training)

    def _convolve(self, x: Tensor, training: bool | None) -> Tensor:
        if self.padding:
            pad = [self.padding, self.padding]
            x = ops.pad(x, [[0, 0], pad, pad, [0, 0]])
        return self.conv(x, training=training)

    def _convolve_doubled(self, x: Tensor, training: bool | None) -> Tensor:
        if (
            training
            or not backend.is_inference()
            # Half precision would round the result of every tap.
            or self.compute_dtype != self.variable_dtype
        ):
            x = ops.repeat(ops.repeat(x, 2, axis=1), 2, axis=2)
            return self._convolve(x, training)
        if self.spectral:
            kernel = self.conv.normalized_kernel()
        else:
            kernel = ops.convert_to_tensor(self.conv.kernel)
        x = convolve_doubled(x, kernel)
        return x + self.conv.bias if self.conv.use_bias else x

    def compute_output_shape(self, input_shape):
        def length(size):
            if size is None:
                return None
            if self.transposed or self.doubled:
                return 2 * size
            padded = size + 2 * self.padding
            return (padded - self.kernel_size) // self.strides + 1

        batch, height, width, _ = input_shape
        return (batch, length(height), length(width), self.filters)
