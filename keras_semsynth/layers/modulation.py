from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.batch_normalization import BatchNormalization
from keras_semsynth.layers.label_layer import LabelLayer
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.normalization import make_normalization

NORMALIZATIONS = ("sync_batch", "batch", "instance")


class Modulation(LabelLayer):
    """Normalizes features, then scales and shifts them at every pixel.

    `norm(features) * scale + shift`. Scale and shift depend on the layout
    alone: a subclass reads them off a `LayoutLevel`, in `scale_and_shift`.

    Args:
        normalization: `"sync_batch"` (statistics over all replicas),
            `"batch"` or `"instance"`; none has parameters. Defaults to
            `"sync_batch"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.
    """

    def __init__(self, normalization: str = "sync_batch", **kwargs):
        super().__init__(**kwargs)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.normalization = normalization

    # Whether `scale_and_shift` makes all it returns with what `fold` returns.
    folds_statistics = False

    def build(self, features_shape, level_shape=None):
        self.norm = make_normalization(
            self.normalization,
            features_shape[-1],
            affine=False,
            dtype=self.dtype_policy,
            name="norm",
        )
        self.built = True

    def call(self, features, level, training=None):
        scale, shift = self.scale_and_shift(level, training)
        return self.modulate(features, scale, shift, training)

    def scale_and_shift(
        self, level: LayoutLevel, training: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns what normalized features are multiplied by, and the sum.

        Both are tensors `(batch, height, width, channels)`. Where
        `is_folded(training)`, they are for features as they are.
        """
        raise NotImplementedError

    def modulate(
        self,
        features: Tensor,
        scale: Tensor,
        shift: Tensor,
        training: bool | None = None,
    ) -> Tensor:
        """Returns `norm(features) * scale + shift`."""
        if not self.is_folded(training):
            features = self.norm(features, training=training)
        return features * scale + shift

    def is_folded(self, training: bool | None) -> bool:
        """Whether scale and shift do what moving statistics do, too.

        In `backend.inference()` these are constant: `(x - mean) * factor` is
        one more scale and shift. In half precision their difference would be
        lost.
        """
        return (
            self.folds_statistics
            and not training
            and backend.is_inference()
            and isinstance(self.norm, BatchNormalization)
            and self.compute_dtype == self.variable_dtype
        )

    def fold(
        self, kernel: Tensor, bias: Tensor, training: bool | None
    ) -> tuple[Tensor, Tensor]:
        """Turns weights of `gamma` and `beta` into those of scale and shift.

        Args:
            kernel: Float tensor `(..., 2 * channels)`, of both.
            bias: Float tensor `(2 * channels,)`, of both.
            training: bool.

        Returns:
            `(kernel, bias)` of the same shapes, of `1 + gamma` and `beta`.
            Where `is_folded(training)`, of what these are for features that
            are not normalized.
        """
        gamma, beta = ops.split(kernel, 2, axis=-1)
        gamma_bias, beta_bias = ops.split(bias, 2, axis=-1)
        gamma_bias = 1 + gamma_bias
        if self.is_folded(training):
            mean, factor = self.norm.moving_weights()
            gamma, gamma_bias = gamma * factor, gamma_bias * factor
            beta, beta_bias = beta - mean * gamma, beta_bias - mean * gamma_bias
        return (
            ops.concatenate([gamma, beta], axis=-1),
            ops.concatenate([gamma_bias, beta_bias], axis=-1),
        )

    def compute_output_shape(self, features_shape, level_shape=None):
        return features_shape
