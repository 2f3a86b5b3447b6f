import keras
from keras import ops

from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SemanticsHead(Configured, keras.layers.Layer):
    """Scores whether features look real, and whether they show their labels.

    `realism(x) + <semantics(x), embedding>`: a 1x1 convolution to one number,
    and the inner product of the result of another with the embedded labels.

    Args:
        kernel_initializer: Keras initializer; each kernel draws its own
            values. Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        embedding: Float tensor of the shape of `features`, such as a level of
            `LabelEmbedding`.

    Returns:
        Scores `(batch, height, width, 1)`, at least float32.

    Example:

    >>> head = keras_semsynth.layers.SemanticsHead()
    >>> features = embedding = np.ones((2, 8, 8, 16), "float32")
    >>> head(features, embedding).shape
    (2, 8, 8, 1)

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), section
          3.2.2
    """

    def __init__(
        self, kernel_initializer: InitializerLike = "glorot_uniform", **kwargs
    ):
        super().__init__(**kwargs)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, embedding_shape=None):
        channels = features_shape[-1]
        self.realism = self._conv("realism", channels, 1)
        self.semantics = self._conv("semantics", channels, channels)
        self.built = True

    def _conv(self, name, channels, filters):
        return convolution(
            channels,
            filters,
            1,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, features, embedding):
        match = self.semantics(features) * embedding
        match = ops.sum(full_precision(match), axis=-1, keepdims=True)
        return full_precision(self.realism(features)) + match

    def compute_output_shape(self, features_shape, embedding_shape=None):
        return (*features_shape[:-1], 1)

    def compute_output_spec(self, features, embedding):
        shape = self.compute_output_shape(features.shape)
        return keras.KerasTensor(
            shape, full_precision_dtype(self.compute_dtype)
        )
