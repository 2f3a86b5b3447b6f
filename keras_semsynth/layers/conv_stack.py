from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConvStack(Configured, keras.layers.Layer):
    """Normalized convolutions in a row, each followed by leaky ReLU 0.2.

    Every convolution sees `kernel_size // 2` zero cells on every side.

    Args:
        widths: sequence of ints >= 1. Channels of each convolution's result.
        kernel_size: int >= 1. Height and width of the kernels. Defaults to
            `3`.
        strides: int >= 1, or a sequence of them, one a convolution. Defaults
            to `2`.
        normalization: `"instance"`, `"batch"`, `"sync_batch"` or `"none"`.
            Defaults to `"instance"`.
        spectral: bool. Whether the kernels are spectrally normalized.
            Defaults to `True`.
        use_bias: bool or `None`. Whether the convolutions have a bias.
            Defaults to `None`: only without normalization.
        kernel_initializer: Keras initializer; each kernel draws its own
            values. Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        List of tensors, one a convolution: the values after each activation.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> stack = keras_semsynth.layers.ConvStack([8, 16])
    >>> [x.shape for x in stack(np.zeros((2, 16, 16, 3), "float32"))]
    [(2, 8, 8, 8), (2, 4, 4, 16)]
    """

    def __init__(
        self,
        widths: Sequence[int],
        kernel_size: int = 3,
        strides: int | Sequence[int] = 2,
        normalization: str = "instance",
        spectral: bool = True,
        use_bias: bool | None = None,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        for width in widths:
            check_at_least(1, widths=width)
        if isinstance(strides, int):
            strides = (strides,) * len(widths)
        if len(strides) != len(widths):
            raise ValueError(
                "`strides` must be one int or one for each of `widths`. "
                f"Received: strides={strides}, widths={widths}."
            )
        self.widths = tuple(widths)
        self.kernel_size = kernel_size
        self.strides = tuple(strides)
        self.normalization = normalization
        self.spectral = spectral
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        channels = features_shape[-1]
        self.convs = []
        for i, (width, strides) in enumerate(
            zip(self.widths, self.strides, strict=True)
        ):
            conv = NormalizedConv2D(
                width,
                self.kernel_size,
                strides=strides,
                padding=self.kernel_size // 2,
                normalization=self.normalization,
                spectral=self.spectral,
                use_bias=self.use_bias,
                kernel_initializer=clone_initializer(self.kernel_initializer),
                dtype=self.dtype_policy,
                name=f"conv_{i}",
            )
            conv.build((None, None, None, channels))
            self.convs.append(conv)
            channels = width
        self.built = True

    def call(self, features, training=None):
        outputs = []
        x = features
        for conv in self.convs:
            x = ops.leaky_relu(conv(x, training=training), 0.2)
            outputs.append(x)
        return outputs

    def compute_output_shape(self, features_shape):
        shapes = []
        shape = features_shape
        for conv in self.convs:
            shape = conv.compute_output_shape(shape)
            shapes.append(shape)
        return shapes
