import functools

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.convolution import joint_weights
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.distinct_patches import for_patches
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.modulation import Modulation


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SPADE(Modulation):
    """Normalizes features, then modulates them from a label map.

    A per-pixel scale and shift come from a small convolutional network that
    reads the label map at the feature resolution, so class boundaries survive
    normalization: `norm(features) * (1 + gamma) + beta`. (The paper writes
    `gamma`; its code and weights use `1 + gamma`.)

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of the level's `extra_map`. Defaults to
            `0`.
        hidden_filters: int. Width of the shared label embedding.
            Defaults to `128`.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        kernel_initializer: Keras initializer of the three convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Arguments of `Modulation`: `normalization`, and base layer
            arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        level: `LayoutLevel` of the size of `features`: `label_map`, and
            `extra_map` if `extra_channels` is not `0`. With `patches`, scale
            and shift are computed once for each different patch, with the
            same result.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If `kernel_size` is not a positive odd integer, or
            `normalization` is unknown.

    Example:

    >>> layer = keras_semsynth.layers.SPADE(num_classes=5, hidden_filters=32)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> layer(features, {"label_map": np.zeros((2, 16, 16), "int32")}).shape
    (2, 16, 16, 64)

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), Eq. 1 to 3
    """

    folds_statistics = True

    def __init__(
        self,
        num_classes: int,
        extra_channels: int = 0,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1, num_classes=num_classes, hidden_filters=hidden_filters
        )
        check_at_least(0, extra_channels=extra_channels)
        check_odd(kernel_size=kernel_size)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, level_shape=None):
        super().build(features_shape)
        self.shared = label_convolution(
            self.num_classes,
            self.hidden_filters,
            self.kernel_size,
            extra_channels=self.extra_channels,
            activation="relu",
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="shared",
        )
        self.gamma, self.beta = (
            convolution(
                self.hidden_filters,
                features_shape[-1],
                self.kernel_size,
                kernel_initializer=self.kernel_initializer,
                dtype=self.dtype_policy,
                name=name,
            )
            for name in ("gamma", "beta")
        )

    def scale_and_shift(
        self, level: LayoutLevel, training: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns `1 + gamma` and `beta` of Eq. 1."""
        weights = self._weights(training)
        patches = level.get("patches")
        if patches is None:
            return self._of_pixels(level, *weights)
        if "worth" not in patches:
            return self._of_patches(patches, *weights)
        return backend.choose(
            patches["worth"],
            lambda: self._of_patches(patches, *weights),
            lambda: self._of_pixels(level, *weights),
        )

    def _of_patches(self, patches, kernel, bias):
        rows = functools.partial(self._of_rows, kernel=kernel, bias=bias)
        return for_patches(patches, rows)

    def from_hidden(
        self, hidden: Tensor, training: bool | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns scale and shift, given what `self.shared` returned."""
        return self._convolve(hidden, *self._weights(training))

    def _weights(self, training):
        return self.fold(*joint_weights([self.gamma, self.beta]), training)

    def _convolve(self, hidden, kernel, bias):
        both = ops.conv(
            hidden, kernel, padding="same", data_format="channels_last"
        )
        return tuple(ops.split(both + bias, 2, axis=-1))

    def _of_pixels(self, level, kernel, bias):
        hidden = self.shared(
            level["label_map"],
            level.get("extra_map"),
            windows=level.get("windows"),
        )
        return self._convolve(hidden, kernel, bias)

    def _of_rows(self, patches, kernel, bias):
        hidden = self.shared.call_on_patches(
            patches["cells"], patches["ids"], patches.get("extra")
        )
        # One more row, of zeros: what the padding of the second layer reads.
        hidden = ops.pad(hidden, [[0, 1], [0, 0]])
        inputs = self.kernel_size**2 * self.hidden_filters
        columns = ops.reshape(
            backend.take_rows(hidden, patches["hidden"]), (-1, inputs)
        )
        kernel = ops.reshape(kernel, (inputs, kernel.shape[-1]))
        rows = ops.matmul(columns, kernel) + bias
        pixels = backend.take_rows(rows, patches["index"])
        return tuple(ops.split(pixels, 2, axis=-1))
