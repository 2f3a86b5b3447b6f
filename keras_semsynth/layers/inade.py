import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.class_codes import spread_codes
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulation import Modulation

# Deviations start below one: images first learn what is common to a class.
FIRST_DEVIATION = 0.3


@keras.saving.register_keras_serializable(package="keras_semsynth")
class INADE(Modulation):
    """Normalizes features, then modulates them by a draw for each region.

    The scale and shift of a class are normally distributed. The layer learns
    their means and deviations, one of each for every class and channel, and
    noise says which of them a region has:

    `norm(features) * scale + shift`, with
    `scale = scale_mean[id] + scale_deviation[id] * (noise @ scale_noise)` and
    the same for `shift`.

    The noise is that of the class, and all layers of a generator read the
    same; each has linear maps of its own from noise to channels. There is no
    convolution, so a pixel's scale and shift depend on its class and noise
    alone.

    (Written from the equations of the paper as we know them, without the paper
    at hand. The first values of means and deviations are ours.)

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        noise_dim: int. Length of the noise. Defaults to `64`.
        **kwargs: Arguments of `Modulation`: `normalization`, and base layer
            arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `label_map`, and
            `codes`, the noise of each class or pixel.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.INADE(num_classes=5, noise_dim=8)
    >>> layer(
    ...     np.zeros((2, 16, 16, 64), "float32"),
    ...     {"label_map": np.zeros((2, 16, 16), "int32"),
    ...      "codes": np.zeros((2, 5, 8), "float32")}).shape
    (2, 16, 16, 64)

    Reference:
        - [INADE, CVPR 2021](https://arxiv.org/abs/2103.06878), section 3
    """

    def __init__(self, num_classes: int, noise_dim: int = 64, **kwargs):
        super().__init__(**kwargs)
        check_at_least(1, num_classes=num_classes, noise_dim=noise_dim)
        self.num_classes = num_classes
        self.noise_dim = noise_dim

    def build(self, features_shape, level_shape=None):
        super().build(features_shape)
        channels = features_shape[-1]

        def table(name, value):
            # Read in full precision: the gradient of a row is a sum over all
            # the pixels of its class, which half precision cannot add up.
            return self.add_weight(
                name=name,
                shape=(self.num_classes, channels),
                initializer=keras.initializers.Constant(value),
                autocast=False,
            )

        def linear(name):
            # Draws have a variance of one, as the noise has.
            return self.add_weight(
                name=name,
                shape=(self.noise_dim, channels),
                initializer=keras.initializers.VarianceScaling(
                    1.0, "fan_in", "untruncated_normal"
                ),
                autocast=False,
            )

        self.scale_mean = table("scale_mean", 1.0)
        self.scale_deviation = table("scale_deviation", FIRST_DEVIATION)
        self.scale_noise = linear("scale_noise")
        self.shift_mean = table("shift_mean", 0.0)
        self.shift_deviation = table("shift_deviation", FIRST_DEVIATION)
        self.shift_noise = linear("shift_noise")

    def scale_and_shift(
        self, level: LayoutLevel, training: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns what is drawn for each pixel's region."""
        label_map, codes = level["label_map"], level["codes"]
        # One product and one look-up for both.
        mean, deviation, linear = (
            ops.concatenate([ops.convert_to_tensor(x) for x in pair], axis=-1)
            for pair in (
                (self.scale_mean, self.shift_mean),
                (self.scale_deviation, self.shift_deviation),
                (self.scale_noise, self.shift_noise),
            )
        )
        draws = ops.matmul(ops.cast(codes, linear.dtype), linear)
        if len(codes.shape) == 3:
            # Drawn once a class, not once a pixel.
            drawn = spread_codes(mean + deviation * draws, label_map)
        else:
            tables = ops.concatenate([mean, deviation], axis=-1)
            pixels = spread_codes(ops.expand_dims(tables, 0), label_map)
            mean, deviation = ops.split(pixels, 2, axis=-1)
            drawn = mean + deviation * draws
        return tuple(ops.split(ops.cast(drawn, self.compute_dtype), 2, axis=-1))
