import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.batch_normalization import BatchNormalization
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.instance_normalization import InstanceNormalization
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.label_map import resize_label_map

NORMALIZATIONS = ("sync_batch", "batch", "instance")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SPADE(Configured, keras.layers.Layer):
    """Normalizes features, then modulates them from a label map.

    A per-pixel scale and shift come from a small convolutional network that
    reads the label map at the feature resolution, so class boundaries survive
    normalization: `norm(features) * (1 + gamma) + beta`. (The paper writes
    `gamma`; its code and weights use `1 + gamma`.)

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        hidden_filters: int. Width of the shared label embedding.
            Defaults to `128`.
        kernel_size: int, odd. Size of the modulation kernels. Defaults to `3`.
        normalization: `"sync_batch"` (statistics over all replicas),
            `"batch"` or `"instance"`; none has parameters. Defaults to
            `"sync_batch"`.
        kernel_initializer: Keras initializer of the three convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        label_map: Integer tensor `(batch, H, W)`, or a soft label map
            `(batch, H, W, num_classes)`; any `H`, `W`.
        extra_map: Float tensor `(batch, H, W, extra_channels)`, such as an
            edge map, or `(batch, extra_channels)` for a map that is the same
            everywhere; if `extra_channels` is not `0`.
        patches: What `layers.spade_patches` finds in the label map at the size
            of `features`. Then scale and shift are computed once for each
            different patch, with the same result; `label_map` is not read.
        training: bool. Selects batch or moving statistics.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If `kernel_size` is not a positive odd integer, or
            `normalization` is unknown.

    Example:

    >>> layer = keras_semsynth.layers.SPADE(num_classes=5, hidden_filters=32)
    >>> features = np.zeros((2, 16, 16, 64), "float32")
    >>> layer(features, np.zeros((2, 32, 32), "int32")).shape
    (2, 16, 16, 64)

    Reference:
        - [SPADE, CVPR 2019](https://arxiv.org/abs/1903.07291), Eq. 1 to 3
    """

    def __init__(
        self,
        num_classes: int,
        extra_channels: int = 0,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        normalization: str = "sync_batch",
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        # Ids must not be cast to the compute dtype: float16 holds 0 ... 2048.
        super().__init__(autocast=False, **kwargs)
        check_at_least(
            1, num_classes=num_classes, hidden_filters=hidden_filters
        )
        check_at_least(0, extra_channels=extra_channels)
        check_odd(kernel_size=kernel_size)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.normalization = normalization
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, label_map_shape=None, extra_map_shape=None):
        channels = features_shape[-1]
        if self.normalization == "instance":
            self.norm = InstanceNormalization(dtype=self.dtype_policy)
        else:
            self.norm = BatchNormalization(
                synchronized=self.normalization == "sync_batch",
                dtype=self.dtype_policy,
            )
        self.norm.build(features_shape)
        self.shared = LabelConv2D(
            self.hidden_filters,
            self.kernel_size,
            self.num_classes,
            extra_channels=self.extra_channels,
            activation="relu",
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name="shared",
        )
        self.shared.build()
        hidden_shape = (*features_shape[:-1], self.hidden_filters)
        self.gamma = self._modulation(channels, hidden_shape, "gamma")
        self.beta = self._modulation(channels, hidden_shape, "beta")
        self.built = True

    def _modulation(self, channels, hidden_shape, name):
        layer = keras.layers.Conv2D(
            channels,
            self.kernel_size,
            padding="same",
            data_format="channels_last",
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(hidden_shape)
        return layer

    def call(
        self,
        features,
        label_map,
        extra_map=None,
        patches=None,
        training=None,
    ):
        normalized = self.norm(features, training=training)
        if patches is None:
            scale, shift = self.scale_and_shift(
                label_map, extra_map, *ops.shape(features)[1:3]
            )
        else:
            scale, shift = self._scale_and_shift_of_patches(*patches)
        return normalized * scale + shift

    def scale_and_shift(
        self,
        label_map: Tensor,
        extra_map: Tensor | None,
        height: int | Tensor,
        width: int | Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Returns `1 + gamma` and `beta` at a resolution; see Eq. 1."""
        label_map = resize_label_map(label_map, height, width)
        if extra_map is not None and len(extra_map.shape) == 4:
            extra_map = resize_label_map(extra_map, height, width)
        hidden = self.shared(label_map, extra_map)
        return 1 + self.gamma(hidden), self.beta(hidden)

    def _scale_and_shift_of_patches(self, label_patches, hidden_patches, index):
        hidden = self.shared.call_on_patches(label_patches)
        # One more row, of zeros: what the padding of the second layer reads.
        hidden = ops.pad(hidden, [[0, 1], [0, 0]])
        inputs = self.kernel_size**2 * self.hidden_filters
        columns = ops.reshape(
            ops.take(hidden, hidden_patches, axis=0), (-1, inputs)
        )

        def modulation(layer):
            kernel = ops.cast(layer.kernel, self.compute_dtype)
            kernel = ops.reshape(kernel, (inputs, layer.filters))
            bias = ops.cast(layer.bias, self.compute_dtype)
            return ops.matmul(columns, kernel) + bias

        scale, shift = 1 + modulation(self.gamma), modulation(self.beta)
        return ops.take(scale, index, axis=0), ops.take(shift, index, axis=0)

    def compute_output_shape(
        self, features_shape, label_map_shape=None, extra_map_shape=None
    ):
        return features_shape
