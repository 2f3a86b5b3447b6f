import keras
import numpy as np
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.configured import Configured


def channel_average_matrix(channels: int, num_groups: int) -> np.ndarray:
    """Returns the matrix `(channels, num_groups)` of adaptive averaging.

    Column `i` averages the channels `floor(i * C / n)` up to
    `ceil((i + 1) * C / n) - 1`; neighbouring groups share a channel where `n`
    does not divide `C`.

    Args:
        channels: int `C`.
        num_groups: int `n`.
    """
    matrix = np.zeros((channels, num_groups))
    for i in range(num_groups):
        first = i * channels // num_groups
        end = -(-(i + 1) * channels // num_groups)
        matrix[first:end, i] = 1 / (end - first)
    return matrix


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ChannelAveragePooling(Configured, keras.layers.Layer):
    """Averages groups of channels, so that `num_groups` of them remain.

    PyTorch's adaptive average pooling, over channels: groups overlap by one
    channel where their number does not divide the channels.

    Args:
        num_groups: int >= 1. Channels of the result.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, height, width, num_groups)` of the compute dtype.

    Raises:
        ValueError: If `num_groups` is not positive.

    Example:

    >>> layer = keras_semsynth.layers.ChannelAveragePooling(3)
    >>> layer(np.zeros((2, 8, 8, 32), "float32")).shape
    (2, 8, 8, 3)
    """

    def __init__(self, num_groups: int, **kwargs):
        super().__init__(**kwargs)
        check_at_least(1, num_groups=num_groups)
        self.num_groups = num_groups

    def call(self, features):
        matrix = channel_average_matrix(features.shape[-1], self.num_groups)
        matrix = ops.convert_to_tensor(matrix.astype("float64"))
        return ops.matmul(features, ops.cast(matrix, self.compute_dtype))

    def compute_output_shape(self, features_shape):
        return (*features_shape[:-1], self.num_groups)
