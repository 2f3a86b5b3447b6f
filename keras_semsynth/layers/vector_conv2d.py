import keras
from keras import ops

from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike


@keras.saving.register_keras_serializable(package="keras_semsynth")
class VectorConv2D(Configured, keras.layers.Layer):
    """Plain convolutions in a row that read the semantic vectors as channels.

    What SC-GAN's ablation has in the place of `SpatiallyConditionalConv2D`: as
    many convolutions as that has kernels, one after the other, each on the
    features and the vectors concatenated, with a leaky ReLU 0.2 in between.

    The paper does not say how wide the added convolutions are. Here all but
    the last keep the width of the features. With plain batch normalization
    everywhere the generator for Cityscapes then has 1.1 M parameters more than
    SC-GAN, as in the paper (67.3 M against 66.2 M).

    Args:
        filters: int. Channels of the result.
        num_convs: int. Number of convolutions. Defaults to `3`.
        kernel_size: int, odd. Size of their kernels. Defaults to `3`.
        spectral: bool. Whether the kernels are spectrally normalized.
            Defaults to `True`.
        kernel_initializer: Keras initializer; each kernel draws its own
            values. Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        vectors: Float tensor `(batch, height, width, length)`.
        training: bool. Whether to advance the power iterations.

    Returns:
        Tensor `(batch, height, width, filters)` of the compute dtype.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.VectorConv2D(8)
    >>> vectors = np.full((2, 16, 16, 3), 1 / 3, "float32")
    >>> layer(np.zeros((2, 16, 16, 4), "float32"), vectors).shape
    (2, 16, 16, 8)

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), section 4.3
          and table 3
    """

    def __init__(
        self,
        filters: int,
        num_convs: int = 3,
        kernel_size: int = 3,
        spectral: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters)
        check_within(1, MOST_LAYERS, num_convs=num_convs)
        check_odd(kernel_size=kernel_size)
        self.filters = filters
        self.num_convs = num_convs
        self.kernel_size = kernel_size
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, vectors_shape):
        channels = features_shape[-1]
        self.convs = [
            convolution(
                channels + vectors_shape[-1],
                self.filters if i == self.num_convs - 1 else channels,
                self.kernel_size,
                spectral=self.spectral,
                kernel_initializer=self.kernel_initializer,
                dtype=self.dtype_policy,
                name=f"conv_{i}",
            )
            for i in range(self.num_convs)
        ]
        self.built = True

    def call(self, features, vectors, training=None):
        x = features
        for i, conv in enumerate(self.convs):
            if i > 0:
                x = ops.leaky_relu(x, 0.2)
            x = ops.concatenate([x, vectors], axis=-1)
            x = conv(x, training=training)
        return x

    def compute_output_shape(self, features_shape, vectors_shape=None):
        return (*features_shape[:-1], self.filters)
