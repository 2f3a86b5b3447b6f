import keras
from keras import ops

from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype
from keras_semsynth.layers.region_conv2d import RegionConv2D

# Width over `filters`, strides.
CONVOLUTIONS = ((1, 1), (2, 2), (2, 1))


@keras.saving.register_keras_serializable(package="keras_semsynth")
class RegionStyleEncoder(Encoder):
    """Encodes the style of each class in an image as a Gaussian over codes.

    Three convolutions, the second of stride 2, read pixels of one class at a
    time (`layers.RegionConv2D`). Their features are averaged over each class,
    and two dense layers, the same for all classes, make mean and variance of
    the averages. So the code of a class depends on its own pixels alone.

    A class that the image does not show has mean 0 and variance 1, as noise
    has: its code is drawn freely, and its KL divergence is 0.

    (The paper's encoder averages features over instances too. It was not at
    hand: number and widths of the convolutions are ours. They have no
    normalization, which would take away how bright and colourful a whole image
    is.)

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`.
        filters: int >= 1. Width of the first convolution, in channels.
            Defaults to `64`.
        style_dim: int >= 1. Length of a code. Defaults to `64`.
        spectral: bool. Whether the convolutions are spectrally normalized.
            Defaults to `True`.
        image_channels: int >= 1. Channels of the images. Defaults to `3`.
        **kwargs: Arguments of `layers.InitializedNetwork`: `initializer`,
            `initializer_gain`, and those of a model, such as `name`.

    Call arguments:
        image: Float tensor `(batch, height, width, image_channels)` in
            `[-1, 1]`.
        label_map: Integer tensor `(batch, height, width)`.
        training: bool. Whether power iterations advance.

    Returns:
        `(mean, log_variance)`, float32, each `(batch, num_classes,
        style_dim)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> encoder = keras_semsynth.encoders.RegionStyleEncoder(5, filters=4)
    >>> mean, log_variance = encoder(
    ...     np.zeros((2, 64, 64, 3), "float32"), np.zeros((2, 64, 64), "int32"))
    >>> mean.shape
    (2, 5, 64)

    Reference:
        - [INADE, CVPR 2021](https://arxiv.org/abs/2103.06878)
    """

    reads_label_map = True

    def __init__(
        self,
        num_classes: int,
        filters: int = 64,
        style_dim: int = 64,
        spectral: bool = True,
        image_channels: int = 3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            style_dim=style_dim,
            image_channels=image_channels,
        )
        self.num_classes = num_classes
        self.filters = filters
        self.style_dim = style_dim
        self.spectral = spectral
        self.image_channels = image_channels

    def build(self, image_shape=None, label_map_shape=None):
        self.convs = []
        channels = self.image_channels
        for i, (width, strides) in enumerate(CONVOLUTIONS):
            conv = self._layer(
                RegionConv2D,
                width * self.filters,
                strides=strides,
                spectral=self.spectral,
                channels=channels,
                name=f"conv_{i}",
            )
            self.convs.append(conv)
            channels = conv.filters
        self.mean, self.log_variance = (
            self._layer(
                keras.layers.Dense,
                self.style_dim,
                channels=channels,
                name=name,
            )
            for name in ("mean", "log_variance")
        )
        self.built = True

    def call(self, image, label_map, training=None):
        x, ids = ops.cast(image, self.compute_dtype), label_map
        for conv in self.convs:
            x = ops.leaky_relu(conv(x, ids, training=training), 0.2)
            ids = ids[:, :: conv.strides, :: conv.strides]
        # Half precision cannot add up so many pixels.
        inside = one_hot_label_map(ids, self.num_classes)
        sums = ops.einsum("bhwk,bhwc->bkc", inside, ops.cast(x, inside.dtype))
        counts = ops.expand_dims(ops.sum(inside, axis=(1, 2)), -1)
        average = ops.cast(sums / ops.maximum(counts, 1), self.compute_dtype)
        return tuple(
            ops.where(counts > 0, full_precision(layer(average)), 0.0)
            for layer in (self.mean, self.log_variance)
        )

    def compute_output_shape(self, image_shape, label_map_shape=None):
        shape = (image_shape[0], self.num_classes, self.style_dim)
        return shape, shape

    def compute_output_spec(self, image, label_map=None, training=None):
        dtype = full_precision_dtype(self.compute_dtype)
        shapes = self.compute_output_shape(image.shape)
        return tuple(keras.KerasTensor(shape, dtype) for shape in shapes)
