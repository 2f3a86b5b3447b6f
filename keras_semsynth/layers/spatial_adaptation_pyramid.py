import keras
from keras import ops

from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.label_layer import LabelLayer
from keras_semsynth.layers.normalization import make_normalization

NORMALIZATIONS = ("batch", "sync_batch", "instance", "none")


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SpatialAdaptationPyramid(LabelLayer):
    """Embeds a label map at several resolutions, each from the finer one.

    Blocks of 3x3 convolution with bias, normalization and ReLU. Two run at
    full resolution, the first of half the width; each further one halves
    height and width.

    Args:
        filters: int. Width of all blocks but the first.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        num_halvings: int >= 0. Defaults to `5`.
        normalization: `"batch"` (with learned scale and offset),
            `"sync_batch"`, `"instance"` or `"none"`. Defaults to `"batch"`.
        kernel_initializer: Keras initializer of all convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        extra_map: As for `LabelConv2D`.
        training: bool. Selects batch or moving statistics.

    Returns:
        List of `num_halvings + 2` maps, finest first: the first block's
        `(batch, height, width, filters // 2)`, then those of `filters`
        channels.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> pyramid = keras_semsynth.layers.SpatialAdaptationPyramid(
    ...     8, num_classes=5, num_halvings=2)
    >>> [x.shape for x in pyramid(np.zeros((2, 16, 16), "int32"))]
    [(2, 16, 16, 4), (2, 16, 16, 8), (2, 8, 8, 8), (2, 4, 4, 8)]

    Reference:
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085)
    """

    def __init__(
        self,
        filters: int,
        num_classes: int,
        extra_channels: int = 0,
        num_halvings: int = 5,
        normalization: str = "batch",
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(2, filters=filters)
        check_at_least(1, num_classes=num_classes)
        check_at_least(0, extra_channels=extra_channels)
        check_within(0, MOST_HALVINGS, num_halvings=num_halvings)
        check_choice(NORMALIZATIONS, normalization=normalization)
        self.filters = filters
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.num_halvings = num_halvings
        self.normalization = normalization
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, label_map_shape=None, extra_map_shape=None):
        stem = label_convolution(
            self.num_classes,
            self.filters // 2,
            3,
            extra_channels=self.extra_channels,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="conv_0",
        )
        self.convs = [stem]
        for i in range(1, self.num_halvings + 2):
            conv = convolution(
                self.convs[-1].filters,
                self.filters,
                3,
                strides=1 if i == 1 else 2,
                # With stride 2 "same" would pad one side only.
                padding="valid",
                kernel_initializer=self.kernel_initializer,
                dtype=self.dtype_policy,
                name=f"conv_{i}",
            )
            self.convs.append(conv)
        self.norms = []
        for i, conv in enumerate(self.convs):
            norm = make_normalization(
                self.normalization,
                conv.filters,
                dtype=self.dtype_policy,
                name=f"norm_{i}",
            )
            if norm is not None:
                self.norms.append(norm)
        self.built = True

    def call(self, label_map, extra_map=None, training=None):
        outputs = []
        for i, conv in enumerate(self.convs):
            if i == 0:
                x = conv(label_map, extra_map)
            else:
                x = conv(ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]))
            if self.norms:
                x = self.norms[i](x, training=training)
            x = ops.relu(x)
            outputs.append(x)
        return outputs

    def compute_output_shape(self, label_map_shape, extra_map_shape=None):
        batch, height, width = label_map_shape[:3]
        shapes = [(batch, height, width, self.filters // 2)]
        for i in range(self.num_halvings + 1):
            if i > 0:
                height = None if height is None else (height + 1) // 2
                width = None if width is None else (width + 1) // 2
            shapes.append((batch, height, width, self.filters))
        return shapes
