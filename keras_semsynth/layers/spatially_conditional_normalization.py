import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.batch_normalization import BatchNormalization
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.instance_normalization import InstanceNormalization
from keras_semsynth.layers.spade import NORMALIZATIONS


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpatiallyConditionalNormalization(Configured, keras.layers.Layer):
    """Normalizes features, then modulates them by mixed candidates (SCN).

    There are `num_candidates` pairs of scale and shift; at each pixel they are
    mixed by that pixel's vector: `norm(features) * (1 + gamma) + beta`, with
    `(gamma, beta) = sum_i vectors[r, c, i] * candidates[i]`. The candidates
    start at zero. (The paper starts scales at one and has no `1 +`: the same
    where the vectors add up to one.)

    Args:
        num_candidates: int >= 1. Pairs of scale and shift that are mixed.
            Defaults to `3`.
        normalization: `"sync_batch"` (statistics over all replicas),
            `"batch"` or `"instance"`; none has parameters. Defaults to
            `"sync_batch"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        vectors: Float tensor `(batch, height, width, num_candidates)`.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.SpatiallyConditionalNormalization()
    >>> vectors = np.full((2, 16, 16, 3), 1 / 3, "float32")
    >>> layer(np.zeros((2, 16, 16, 4), "float32"), vectors).shape
    (2, 16, 16, 4)

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), Eq. 5
    """

    def __init__(
        self,
        num_candidates: int = 3,
        normalization: str = "sync_batch",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, num_candidates=num_candidates)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.num_candidates = num_candidates
        self.normalization = normalization

    def build(self, features_shape, vectors_shape=None):
        channels = features_shape[-1]
        if self.normalization == "instance":
            self.norm = InstanceNormalization(dtype=self.dtype_policy)
        else:
            self.norm = BatchNormalization(
                synchronized=self.normalization == "sync_batch",
                dtype=self.dtype_policy,
            )
        self.norm.build(features_shape)
        # Scales first, then shifts, as in the official weights.
        self.candidates = self.add_weight(
            name="candidates",
            shape=(self.num_candidates, 2 * channels),
            initializer="zeros",
        )
        self.built = True

    def call(self, features, vectors, training=None):
        channels = features.shape[-1]
        modulation = ops.matmul(vectors, self.candidates)
        scale = 1 + modulation[..., :channels]
        shift = modulation[..., channels:]
        return self.norm(features, training=training) * scale + shift

    def compute_output_shape(self, features_shape, vectors_shape=None):
        return features_shape
