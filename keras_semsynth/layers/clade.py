import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.class_table import class_table
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulation import Modulation

# Classes differ from the start: a vector moves by a learning rate a step, so
# that equal ones would long stay nearly equal.
FIRST_DEVIATION = 0.3


@keras.saving.register_keras_serializable(package="keras_semsynth")
class CLADE(Modulation):
    """Normalizes features, then scales and shifts them by class.

    Each class has one scale and one shift a channel, looked up at every pixel:
    `norm(features) * (1 + gamma[id]) + beta[id]`. `SPADE` without its
    convolutions: a pixel's modulation does not depend on its neighbours. (The
    paper has no `1 +`: the same functions. So an id outside the classes, whose
    vectors are zero, leaves plain normalization. The tables start at random,
    with a deviation of 0.3; this is our own.)

    With `position_map` (CLADE-ICPE) scale and shift also depend on where in
    the area of its class a pixel lies, by a 1x1 convolution `w` of its offsets
    `d` that starts at zero: `(1 + gamma[id]) * (1 + w_gamma(d))` and
    `beta[id] * (1 + w_beta(d))`.

    What lies beside the labels (noise, edges, features) is read by a 1x1
    convolution, whose results are added to `gamma` and `beta`. This is our
    own: the paper reads labels alone. The equations are those of the paper as
    we know it, its text was not at hand.

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        position_map: bool. Whether the level's `positions` are read. Defaults
            to `False`.
        kernel_initializer: Keras initializer of the convolution of
            `extra_map`. Defaults to `"glorot_uniform"`.
        **kwargs: Arguments of `Modulation`: `normalization`, and base layer
            arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `label_map`,
            `extra_map` if `extra_channels` is not `0`, and `positions` if
            `position_map`. Soft labels mix the vectors of their classes.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If a count is out of range, or `normalization` is unknown.

    Example:

    >>> layer = keras_semsynth.layers.CLADE(num_classes=5)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> layer(features, {"label_map": np.zeros((2, 16, 16), "int32")}).shape
    (2, 16, 16, 64)

    Reference:
        - [CLADE, TPAMI 2021](https://arxiv.org/abs/2012.04644)
    """

    def __init__(
        self,
        num_classes: int,
        extra_channels: int = 0,
        position_map: bool = False,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, num_classes=num_classes)
        check_at_least(0, extra_channels=extra_channels)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.position_map = position_map
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, level_shape=None):
        super().build(features_shape)
        channels = features_shape[-1]
        self.gamma, self.beta = (
            class_table(
                self.num_classes,
                channels,
                keras.initializers.RandomNormal(stddev=FIRST_DEVIATION),
                dtype=self.dtype_policy,
                name=name,
            )
            for name in ("gamma", "beta")
        )
        self.extra = self.position = None
        if self.extra_channels:
            self.extra = self._pointwise(
                "extra",
                self.extra_channels,
                2 * channels,
                clone_initializer(self.kernel_initializer),
                use_bias=False,
            )
        if self.position_map:
            self.position = self._pointwise("position", 2, 2, "zeros")

    def _pointwise(self, name, channels, filters, initializer, **options):
        # Not a convolution: what is the same everywhere comes as a vector.
        layer = keras.layers.Dense(
            filters,
            kernel_initializer=initializer,
            dtype=self.dtype_policy,
            name=name,
            **options,
        )
        layer.build((None, channels))
        return layer

    def scale_and_shift(
        self, level: LayoutLevel, training: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns what normalized features are multiplied by, and the sum."""
        label_map = level["label_map"]
        gamma, beta = self.gamma(label_map), self.beta(label_map)
        if self.extra is not None:
            extra = self.extra(level["extra_map"])
            if len(extra.shape) == 2:
                extra = extra[:, None, None]
            extra_gamma, extra_beta = ops.split(extra, 2, axis=-1)
            gamma, beta = gamma + extra_gamma, beta + extra_beta
        scale, shift = 1 + gamma, beta
        if self.position is not None:
            factors = 1 + self.position(level["positions"])
            scale = scale * factors[..., :1]
            shift = shift * factors[..., 1:]
        return scale, shift
