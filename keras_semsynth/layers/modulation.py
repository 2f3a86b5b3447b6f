from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_choice
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
        scale, shift = self.scale_and_shift(level)
        return self.modulate(features, scale, shift, training)

    def scale_and_shift(self, level: LayoutLevel) -> tuple[Tensor, Tensor]:
        """Returns what normalized features are multiplied by, and the sum.

        Both are tensors `(batch, height, width, channels)`.
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
        return self.norm(features, training=training) * scale + shift

    def compute_output_shape(self, features_shape, level_shape=None):
        return features_shape
