import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype

NORMALIZATIONS = ("batch", "sync_batch", "instance", "none")


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
        check_at_least(0, num_layers=num_layers)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.filters = filters
        self.num_layers = num_layers
        self.normalization = normalization
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        width = self.filters
        self.first = self._conv("first", width, features_shape[-1], strides=2)
        self.middle, self.norms = [], []
        for i in range(self.num_layers):
            self.middle.append(self._conv(f"middle_{i}", width, width))
            norm = make_normalization(
                self.normalization,
                width,
                dtype=self.dtype_policy,
                name=f"norm_{i}",
            )
            if norm is not None:
                self.norms.append(norm)
        self.last = self._conv("last", 1, width)
        self.built = True

    def _conv(self, name, filters, channels, strides=1):
        layer = keras.layers.Conv2D(
            filters,
            3,
            strides=strides,
            # With stride 2 "same" would pad one side only.
            padding="same" if strides == 1 else "valid",
            data_format="channels_last",
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, None, channels))
        return layer

    def call(self, features, training=None):
        x = ops.pad(features, [[0, 0], [1, 1], [1, 1], [0, 0]])
        x = ops.leaky_relu(self.first(x), 0.2)
        for i, conv in enumerate(self.middle):
            x = conv(x)
            if self.norms:
                x = self.norms[i](x, training=training)
            x = ops.leaky_relu(x, 0.2)
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
