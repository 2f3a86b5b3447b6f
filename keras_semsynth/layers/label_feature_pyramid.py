import keras
from keras import ops

from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.label_layer import LabelLayer
from keras_semsynth.layers.normalization import conditional_scale
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D

NORMALIZATIONS = ("sync_batch", "batch", "instance")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class LabelFeaturePyramid(LabelLayer):
    """Reads a label map at several resolutions, each aware of the coarser.

    The weight prediction network of CC-FPSE. Going up, every level halves the
    one before; going down, every level is the doubled coarser one plus a 1x1
    convolution of its own level, convolved once more. All convolutions are
    normalized and activated by leaky ReLU 0.2.

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        filters: int. Width of every level. Defaults to `64`.
        num_levels: int >= 2. Height and width must be multiples of
            `2 ** (num_levels - 1)`. Defaults to `6`.
        normalization: `"sync_batch"` (with a learned scale that starts at 1,
            and offset), `"batch"` (with a learned scale drawn around 1, and
            offset) or `"instance"`. Defaults to `"sync_batch"`.
        spectral: bool. Whether the kernels are spectrally normalized.
            Defaults to `True`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        extra_map: Float tensor `(batch, height, width, extra_channels)`, such
            as an edge map, if `extra_channels` is not `0`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        List of `num_levels` tensors `(batch, h, w, filters)`, coarsest first;
        the last has the size of the label map.

    Raises:
        ValueError: If an argument is out of range, or the size does not fit.

    Example:

    >>> layer = keras_semsynth.layers.LabelFeaturePyramid(5, num_levels=3)
    >>> [level.shape[1:3] for level in layer(np.zeros((2, 16, 16), "int32"))]
    [(4, 4), (8, 8), (16, 16)]

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), section
          3.1.2
    """

    def __init__(
        self,
        num_classes: int,
        extra_channels: int = 0,
        filters: int = 64,
        num_levels: int = 6,
        normalization: str = "sync_batch",
        spectral: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, num_classes=num_classes, filters=filters)
        check_within(2, MOST_HALVINGS + 1, num_levels=num_levels)
        check_at_least(0, extra_channels=extra_channels)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.filters = filters
        self.num_levels = num_levels
        self.normalization = normalization
        self.spectral = spectral
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, label_map_shape=None, extra_map_shape=None):
        self.first_conv = label_convolution(
            self.num_classes,
            self.filters,
            3,
            spectral=self.spectral,
            extra_channels=self.extra_channels,
            use_bias=False,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="first_conv",
        )
        self.first_norm = make_normalization(
            self.normalization,
            self.filters,
            gamma_initializer=conditional_scale(self.normalization),
            dtype=self.dtype_policy,
            name="first_norm",
        )
        steps = range(1, self.num_levels)
        # Finest first: `encoders[0]` halves the full resolution.
        self.encoders = [self._unit(f"encoder_{i}", 3, 2) for i in steps]
        # Coarsest first: `laterals[0]` is of the second coarsest level.
        self.laterals = [self._unit(f"lateral_{i}", 1, 1) for i in steps]
        self.decoders = [self._unit(f"decoder_{i}", 3, 1) for i in steps]
        self.upsample = keras.layers.UpSampling2D(
            2, data_format="channels_last", dtype=self.dtype_policy
        )
        self.built = True

    def _unit(self, name, kernel_size, strides):
        unit = NormalizedConv2D(
            self.filters,
            kernel_size,
            strides=strides,
            padding=kernel_size // 2,
            normalization=self.normalization,
            spectral=self.spectral,
            kernel_initializer=self.kernel_initializer,
            gamma_initializer=conditional_scale(self.normalization),
            dtype=self.dtype_policy,
            name=name,
        )
        unit.build((None, None, None, self.filters))
        return unit

    def call(self, label_map, extra_map=None, training=None):
        self._check_size(label_map)
        x = self.first_conv(label_map, extra_map, training=training)
        x = ops.leaky_relu(self.first_norm(x, training=training), 0.2)
        encoded = [x]
        for encoder in self.encoders:
            x = ops.leaky_relu(encoder(x, training=training), 0.2)
            encoded.append(x)
        levels = [encoded.pop()]
        for lateral, decoder in zip(self.laterals, self.decoders, strict=True):
            own = lateral(encoded.pop(), training=training)
            x = self.upsample(levels[-1]) + ops.leaky_relu(own, 0.2)
            x = ops.leaky_relu(decoder(x, training=training), 0.2)
            levels.append(x)
        return levels

    def _check_size(self, label_map):
        multiple = 2 ** (self.num_levels - 1)
        for name, size in zip(
            ("height", "width"), label_map.shape[1:3], strict=True
        ):
            if isinstance(size, int) and size % multiple:
                raise ValueError(
                    f"The {name} of `label_map` must be a multiple of "
                    f"{multiple} for {self.num_levels} levels. "
                    f"Received: {name}={size}."
                )

    def compute_output_shape(self, label_map_shape, extra_map_shape=None):
        batch, height, width = label_map_shape[:3]

        def length(size, level):
            return None if size is None else size >> level

        return [
            (batch, length(height, level), length(width, level), self.filters)
            for level in reversed(range(self.num_levels))
        ]
