import keras
from keras import ops

from keras_semsynth.layers.arguments import check_positive
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.precision import mean_by_axes


@keras.saving.register_keras_serializable(package="keras_semsynth")
class InstanceNormalization(Configured, keras.layers.Layer):
    """Normalizes every sample and channel over its own pixels.

    No parameters and no moving statistics: training and inference agree.

    Args:
        epsilon: float > 0. Added to the (biased) variance. Defaults to `1e-5`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Float tensor `(batch, height, width, channels)`.
        training: Ignored; taken so that it can stand for a batch norm.

    Returns:
        Tensor of the shape of `inputs` in the compute dtype.

    Raises:
        ValueError: If `epsilon` is not positive.

    Example:

    >>> layer = keras_semsynth.layers.InstanceNormalization()
    >>> layer(np.zeros((2, 4, 4, 3), "float32")).shape
    (2, 4, 4, 3)

    Reference:
        - [Instance Normalization](https://arxiv.org/abs/1607.08022)
    """

    def __init__(self, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        check_positive(epsilon=epsilon)
        self.epsilon = epsilon

    def call(self, inputs, training=None):
        # Half precision cannot add up the pixels of a large image.
        x = ops.cast(inputs, self.variable_dtype)
        x = x - mean_by_axes(x, (1, 2))
        variance = mean_by_axes(ops.square(x), (1, 2))
        x = x * ops.rsqrt(variance + self.epsilon)
        return ops.cast(x, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape
