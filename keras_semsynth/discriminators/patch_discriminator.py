import keras
from keras import ops

from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.precision import full_precision_dtype


@keras.saving.register_keras_serializable(package="keras_semsynth")
class PatchDiscriminator(Configured, keras.layers.Layer):
    """Scores overlapping patches of an image under its label map.

    All convolutions are 4x4 with two zero cells on every side. The first has
    stride 2; `num_layers - 1` normalized ones follow, of stride 2 but for the
    last, each twice as wide as the one before; then one to a single channel.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        extra_channels: int >= 0. Channels of `extra_map`: edge map and image.
        filters: int >= 1. Width of the first convolution, in channels.
            Defaults to `64`.
        num_layers: int >= 1. Layers before the scores. Defaults to `4`.
        max_filters: int >= 1. Cap of the width, which doubles from layer to
            layer. Defaults to `512`.
        normalization: str, `"instance"`, `"batch"`, `"sync_batch"` or
            `"none"`. Normalization from the second layer on. Defaults to
            `"instance"`.
        spectral: bool. Whether the normalized convolutions are spectrally
            normalized. Defaults to `True`.
        initializer: str. Name of the initial values of kernels, as
            `layers.kernel_initializer` takes it. Defaults to `"xavier"`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `0.02`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        extra_map: Float tensor `(batch, height, width, extra_channels)`, if
            `extra_channels` is not `0`.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        List of `num_layers + 1` tensors: the features after each activation,
        then the patch scores `(batch, h, w, 1)`.

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585)
    """

    def __init__(
        self,
        num_classes: int,
        extra_channels: int,
        filters: int = 64,
        num_layers: int = 4,
        max_filters: int = 512,
        normalization: str = "instance",
        spectral: bool = True,
        initializer: str = "xavier",
        initializer_gain: float = 0.02,
        **kwargs,
    ):
        # Ids must not be cast to the compute dtype: bfloat16 holds 0 ... 256.
        super().__init__(autocast=False, **kwargs)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.filters = filters
        self.num_layers = num_layers
        self.max_filters = max_filters
        self.normalization = normalization
        self.spectral = spectral
        self.initializer = initializer
        self.initializer_gain = initializer_gain

    def _initializer(self):
        return kernel_initializer(self.initializer, self.initializer_gain)

    def build(self, label_map_shape=None, extra_map_shape=None):
        self.first = LabelConv2D(
            self.filters,
            4,
            self.num_classes,
            extra_channels=self.extra_channels,
            strides=2,
            padding=2,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="first",
        )
        self.first.build()
        width = self.filters
        self.middle = []
        for i in range(1, self.num_layers):
            channels, width = width, min(2 * width, self.max_filters)
            conv = NormalizedConv2D(
                width,
                4,
                strides=1 if i == self.num_layers - 1 else 2,
                padding=2,
                normalization=self.normalization,
                spectral=self.spectral,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name=f"middle_{i}",
            )
            conv.build((None, None, None, channels))
            self.middle.append(conv)
        self.last = NormalizedConv2D(
            1,
            4,
            padding=2,
            normalization="none",
            spectral=False,
            kernel_initializer=self._initializer(),
            dtype=self.dtype_policy,
            name="last",
        )
        self.last.build((None, None, None, width))
        self.built = True

    def call(self, label_map, extra_map=None, training=None):
        x = ops.leaky_relu(self.first(label_map, extra_map), 0.2)
        outputs = [x]
        for conv in self.middle:
            x = ops.leaky_relu(conv(x, training=training), 0.2)
            outputs.append(x)
        return [*outputs, full_precision(self.last(x))]

    def compute_output_shape(self, label_map_shape, extra_map_shape=None):
        shape = self.first.compute_output_shape(label_map_shape)
        shapes = [shape]
        for conv in [*self.middle, self.last]:
            shape = conv.compute_output_shape(shape)
            shapes.append(shape)
        return shapes

    def compute_output_spec(self, label_map, *args, **kwargs):
        dtype = full_precision_dtype(self.compute_dtype)
        *features, scores = self.compute_output_shape(label_map.shape)
        return [
            *(
                keras.KerasTensor(shape, self.compute_dtype)
                for shape in features
            ),
            keras.KerasTensor(scores, dtype),
        ]
