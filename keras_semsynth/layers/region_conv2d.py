import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.label_layer import LabelLayer


@keras.saving.register_keras_serializable(package="keras_semsynth")
class RegionConv2D(LabelLayer):
    """A convolution that reads pixels of the centre's class alone.

    A partial convolution whose mask are the pixels under the kernel that have
    the class of the pixel in its middle; the sum over them is divided by their
    share. So features of one region never mix with those of another.

    Args:
        filters: int >= 1. Channels of the result.
        kernel_size: int, odd. Height and width of the kernel. Defaults to
            `3`.
        strides: int >= 1. Steps of the window in both directions. Defaults to
            `1`.
        spectral: bool. Whether the kernel is spectrally normalized. Defaults
            to `False`.
        kernel_initializer: Keras initializer of the kernel. Defaults to
            `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        label_map: Integer tensor `(batch, height, width)`.
        training: bool. Whether power iterations advance.

    Returns:
        Tensor `(batch, ceil(height / strides), ceil(width / strides),
        filters)` of the compute dtype; its labels are `label_map[:,
        ::strides, ::strides]`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.RegionConv2D(16)
    >>> layer(
    ...     np.zeros((2, 8, 8, 3), "float32"), np.zeros((2, 8, 8), "int32")
    ... ).shape
    (2, 8, 8, 16)

    Reference:
        - [Partial convolutions, ECCV 2018](https://arxiv.org/abs/1804.07723)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        spectral: bool = False,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters, strides=strides)
        check_odd(kernel_size=kernel_size)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, label_map_shape=None):
        # Of the pixels under the kernel, laid side by side.
        self.conv = convolution(
            self.kernel_size**2 * features_shape[-1],
            self.filters,
            1,
            spectral=self.spectral,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="conv",
        )
        self.built = True

    def call(self, features, label_map, training=None):
        features = ops.cast(features, self.compute_dtype)
        ids = ops.cast(label_map, "int32")
        step, half = self.strides, self.kernel_size // 2
        sides = [[half, half], [half, half]]
        padded = ops.pad(features, [[0, 0], *sides, [0, 0]])
        # Outside is of no class.
        padded_ids = ops.pad(ids + 1, [[0, 0], *sides])
        centre = ids[:, ::step, ::step] + 1
        taps, masks = [], []
        for i in range(self.kernel_size):
            for j in range(self.kernel_size):
                place = (slice(None), self._taps(i), self._taps(j))
                mask = ops.cast(
                    ops.equal(padded_ids[place], centre), self.compute_dtype
                )
                masks.append(ops.expand_dims(mask, -1))
                taps.append(padded[place] * masks[-1])
        share = sum(masks) / self.kernel_size**2
        return self.conv(
            ops.concatenate(taps, axis=-1) / share, training=training
        )

    def _taps(self, offset):
        """The padded rows that kernel row `offset` meets."""
        end = offset + 1 - self.kernel_size
        return slice(offset, end if end else None, self.strides)

    def compute_output_shape(self, features_shape, label_map_shape=None):
        def length(size):
            return None if size is None else -(-size // self.strides)

        batch, height, width = features_shape[:3]
        return (batch, length(height), length(width), self.filters)
