import keras

from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.conv_stack import ConvStack
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.normalization import NORMALIZATIONS
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype


@keras.saving.register_keras_serializable(package="keras_semsynth")
class PatchHead(Configured, keras.layers.Layer):
    """Scores the patches behind a feature map as real or fake.

    3x3 convolutions with bias and one zero cell on every side: one of stride
    2 with leaky ReLU 0.2, `num_layers` with normalization and leaky ReLU, one
    to a single channel.

    Args:
        filters: int. Width of all but the last convolution. Defaults to `64`.
        num_layers: int >= 0. Normalized convolutions. Defaults to `3`.
        normalization: `"batch"`, `"sync_batch"`, `"instance"` or `"none"`.
            Defaults to `"batch"`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        training: bool. Selects batch or moving statistics.

    Returns:
        Scores `(batch, ceil(height / 2), ceil(width / 2), 1)`, at least
        float32.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> head = keras_semsynth.layers.PatchHead(8)
    >>> head(np.zeros((2, 16, 16, 32), "float32")).shape
    (2, 8, 8, 1)

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085)
    """

    def __init__(
        self,
        filters: int = 64,
        num_layers: int = 3,
        normalization: str = "batch",
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters)
        check_within(0, MOST_LAYERS, num_layers=num_layers)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.filters = filters
        self.num_layers = num_layers
        self.normalization = normalization
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        self.first = self._stack("first", [self.filters], 2, "none")
        self.middle = self._stack(
            "middle", [self.filters] * self.num_layers, 1, self.normalization
        )
        self.first.build(features_shape)
        self.middle.build((None, None, None, self.filters))
        self.last = convolution(
            self.filters,
            1,
            3,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="last",
        )
        self.built = True

    def _stack(self, name, widths, strides, normalization):
        return ConvStack(
            widths,
            strides=strides,
            normalization=normalization,
            spectral=False,
            use_bias=True,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, features, training=None):
        (x,) = self.first(features)
        x = [x, *self.middle(x, training=training)][-1]
        return full_precision(self.last(x))

    def compute_output_shape(self, features_shape):
        def length(size):
            return None if size is None else (size + 1) // 2

        batch, height, width, _ = features_shape
        return (batch, length(height), length(width), 1)

    def compute_output_spec(self, features, training=None):
        shape = self.compute_output_shape(features.shape)
        return keras.KerasTensor(
            shape, full_precision_dtype(self.compute_dtype)
        )
