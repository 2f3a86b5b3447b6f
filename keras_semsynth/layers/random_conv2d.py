import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.configured import Configured


@keras.saving.register_keras_serializable(package="keras_semsynth")
class RandomConv2D(Configured, keras.layers.Layer):
    """A convolution whose random kernel is never trained.

    What projected GANs mix the channels of frozen features with. The kernel is
    drawn once, with variance `1 / inputs` so that the result has about the
    variance of the features, and is saved. It has no bias; outside there are
    zeros.

    Args:
        filters: int >= 1. Channels of the result.
        kernel_size: int >= 1. Height and width of the kernel. Defaults to
            `1`.
        seed: int. Seed of the kernel. Defaults to `0`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.RandomConv2D(8)
    >>> layer(np.ones((2, 4, 4, 3), "float32")).shape
    (2, 4, 4, 8)

    Reference:
        - [Projected GANs, NeurIPS 2021](https://arxiv.org/abs/2111.01007),
          section 3.2
    """

    def __init__(
        self, filters: int, kernel_size: int = 1, seed: int = 0, **kwargs
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters, kernel_size=kernel_size)
        self.filters = filters
        self.kernel_size = kernel_size
        self.seed = seed

    def build(self, features_shape):
        size = self.kernel_size
        self.kernel = self.add_weight(
            name="kernel",
            shape=(size, size, features_shape[-1], self.filters),
            initializer=keras.initializers.VarianceScaling(
                1.0, "fan_in", "untruncated_normal", seed=self.seed
            ),
            trainable=False,
        )
        self.built = True

    def call(self, features):
        return ops.conv(
            features, self.kernel, padding="same", data_format="channels_last"
        )

    def compute_output_shape(self, features_shape):
        return (*features_shape[:3], self.filters)
