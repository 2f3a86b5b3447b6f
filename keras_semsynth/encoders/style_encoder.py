import keras
from keras import ops

from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.conv_stack import ConvStack
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype

IMAGE_SIZE = 256  # every image is resized to this square
WIDTHS = (1, 2, 4, 8, 8, 8)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class StyleEncoder(Encoder):
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
        **kwargs: Arguments of `layers.InitializedNetwork`: `initializer`,
            `initializer_gain`, and those of a model, such as `name`.

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
        self.filters = filters
        self.style_dim = style_dim
        self.normalization = normalization
        self.spectral = spectral
        self.image_channels = image_channels

    def build(self, image_shape=None):
        widths = [width * self.filters for width in WIDTHS]
        self.stack = self._layer(
            ConvStack,
            widths,
            channels=self.image_channels,
            normalization=self.normalization,
            spectral=self.spectral,
            name="stack",
        )
        size = IMAGE_SIZE // 2 ** len(WIDTHS)
        self.mean, self.log_variance = (
            self._layer(
                keras.layers.Dense,
                self.style_dim,
                channels=size * size * widths[-1],
                name=name,
            )
            for name in ("mean", "log_variance")
        )
        self.built = True

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
        x = self.stack(x, training=training)[-1]
        x = ops.reshape(x, (-1, self.mean.kernel.shape[0]))
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
