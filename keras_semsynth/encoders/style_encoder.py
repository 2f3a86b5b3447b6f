import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.network import Network
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype

IMAGE_SIZE = 256  # every image is resized to this square
WIDTHS = (1, 2, 4, 8, 8, 8)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class StyleEncoder(Network):
    """Encodes the style of an image as a Gaussian over style codes.

    The image is resized to 256x256 (aspect ratio not kept); six normalized 3x3
    convolutions of stride 2 and two dense layers follow.

    Args:
        filters: int >= 1. Width of the first convolution, in channels.
            Defaults to `64`.
        style_dim: int >= 1. Length of the style code. Defaults to `256`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization after the convolutions. Defaults to
            `"instance"`.
        spectral: bool. Whether the convolutions are spectrally normalized.
            Defaults to `True`.
        image_channels: int >= 1. Channels of the images. Defaults to `3`.
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        `(mean, log_variance)`, float32, each `(batch, style_dim)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> encoder = keras_semsynth.encoders.StyleEncoder(filters=4)
    >>> mean, log_variance = encoder(np.zeros((2, 64, 64, 3), "float32"))
    >>> mean.shape
    (2, 256)

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), appendix A
    """

    def __init__(
        self,
        filters: int = 64,
        style_dim: int = 256,
        normalization: str = "instance",
        spectral: bool = True,
        image_channels: int = 3,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        check_at_least(
            1,
            filters=filters,
            style_dim=style_dim,
            image_channels=image_channels,
        )
        kernel_initializer(initializer, initializer_gain)  # checks both
        self.filters = filters
        self.style_dim = style_dim
        self.normalization = normalization
        self.spectral = spectral
        self.image_channels = image_channels
        self.initializer = initializer
        self.initializer_gain = initializer_gain

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def build(self, image_shape=None):
        channels = self.image_channels
        self.convs = []
        for i, width in enumerate(WIDTHS):
            conv = NormalizedConv2D(
                width * self.filters,
                3,
                strides=2,
                padding=1,
                normalization=self.normalization,
                spectral=self.spectral,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name=f"layer{i + 1}",
            )
            conv.build((None, None, None, channels))
            self.convs.append(conv)
            channels = width * self.filters
        size = IMAGE_SIZE // 2 ** len(WIDTHS)
        self.mean = self._dense("mean", size * size * channels)
        self.log_variance = self._dense("log_variance", size * size * channels)
        self.built = True

    def _dense(self, name, inputs):
        layer = keras.layers.Dense(
            self.style_dim,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, inputs))
        return layer

    def call(self, image, training=None):
        x = image
        if tuple(x.shape[1:3]) != (IMAGE_SIZE, IMAGE_SIZE):
            x = ops.image.resize(
                x,
                (IMAGE_SIZE, IMAGE_SIZE),
                interpolation="bilinear",
                antialias=False,
                data_format="channels_last",
            )
        x = ops.cast(x, self.compute_dtype)
        for conv in self.convs:
            x = ops.leaky_relu(conv(x, training=training), 0.2)
        inputs = self.mean.kernel.shape[0]
        x = ops.reshape(x, (-1, inputs))
        return (
            full_precision(self.mean(x)),
            full_precision(self.log_variance(x)),
        )

    def compute_output_shape(self, image_shape):
        shape = (image_shape[0], self.style_dim)
        return shape, shape

    def compute_output_spec(self, image, training=None):
        dtype = full_precision_dtype(self.compute_dtype)
        shape = (image.shape[0], self.style_dim)
        return tuple(keras.KerasTensor(shape, dtype) for _ in range(2))
