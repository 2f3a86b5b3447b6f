import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulation import Modulation


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpatiallyConditionalNormalization(Modulation):
    """Normalizes features, then modulates them by mixed candidates (SCN).

    There are `num_candidates` pairs of scale and shift; at each pixel they are
    mixed by that pixel's vector: `norm(features) * (1 + gamma) + beta`, with
    `(gamma, beta) = sum_i vectors[r, c, i] * candidates[i]`. The candidates
    start at zero. (The paper starts scales at one and has no `1 +`: the same
    where the vectors add up to one.)

    Args:
        num_candidates: int >= 1. Pairs of scale and shift that are mixed.
            Defaults to `3`.
        **kwargs: Arguments of `Modulation`: `normalization`, and base layer
            arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `norm_vectors` of
            `num_candidates` channels.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.SpatiallyConditionalNormalization()
    >>> level = {"norm_vectors": np.full((2, 16, 16, 3), 1 / 3, "float32")}
    >>> layer(np.zeros((2, 16, 16, 4), "float32"), level).shape
    (2, 16, 16, 4)

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), Eq. 5
    """

    folds_statistics = True

    def __init__(self, num_candidates: int = 3, **kwargs):
        super().__init__(**kwargs)
        check_at_least(1, num_candidates=num_candidates)
        self.num_candidates = num_candidates

    def build(self, features_shape, level_shape=None):
        super().build(features_shape)
        # Scales first, then shifts, as in the official weights.
        self.candidates = self.add_weight(
            name="candidates",
            shape=(self.num_candidates, 2 * features_shape[-1]),
            initializer="zeros",
        )

    def scale_and_shift(
        self, level: LayoutLevel, training: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns `1 + gamma` and `beta` of Eq. 5."""
        candidates = ops.cast(self.candidates, self.compute_dtype)
        candidates, bias = self.fold(
            candidates, ops.zeros_like(candidates[0]), training
        )
        vectors = ops.cast(level["norm_vectors"], self.compute_dtype)
        mixed = ops.matmul(vectors, candidates) + bias
        return tuple(ops.split(mixed, 2, axis=-1))
