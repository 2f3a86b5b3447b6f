import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.label_layer import LabelLayer


@keras.saving.register_keras_serializable(package="keras_semsynth")
class RefinementModule(LabelLayer):
    """One size of a cascaded refinement network.

    Features of half the size are enlarged bilinearly and concatenated to the
    label map. Two 3x3 convolutions follow, each with layer normalization (over
    all pixels and channels of an image) and leaky ReLU of slope 0.2.

    Args:
        filters: int >= 1. Channels of both convolutions.
        num_classes: int >= 1. Ids lie in `[0, num_classes)`.
        kernel_initializer: Keras initializer of both kernels. Defaults to
            `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        features: Float tensor `(batch, H, W, channels)` of any size, or
            `None` in the first module, which reads the label map alone.

    Returns:
        Tensor `(batch, height, width, filters)` of the compute dtype.

    Example:

    >>> module = keras_semsynth.layers.RefinementModule(16, num_classes=5)
    >>> module(np.zeros((2, 8, 12), "int32"), np.ones((2, 4, 6, 3))).shape
    (2, 8, 12, 16)

    Reference:
        - [CRN, ICCV 2017](https://arxiv.org/abs/1707.09405), section on the
          architecture
    """

    def __init__(
        self,
        filters: int,
        num_classes: int,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters, num_classes=num_classes)
        self.filters = filters
        self.num_classes = num_classes
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, label_map_shape=None, features_shape=None):
        self.first_conv = LabelConv2D(
            self.filters,
            3,
            self.num_classes,
            extra_channels=features_shape[-1] if features_shape else 0,
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name="first_conv",
        )
        self.first_conv.build()
        self.second_conv = convolution(
            self.filters,
            self.filters,
            3,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="second_conv",
        )
        self.norms = [
            # One group: the statistics of a whole image.
            keras.layers.GroupNormalization(
                1, epsilon=1e-5, dtype=self.dtype_policy, name=f"norm_{i}"
            )
            for i in range(2)
        ]
        for norm in self.norms:
            norm.build((None, None, None, self.filters))
        self.built = True

    def call(self, label_map, features=None):
        if features is not None:
            features = ops.cast(features, self.compute_dtype)
            features = resize_bilinear(features, *ops.shape(label_map)[1:3])
        x = self.first_conv(label_map, features)
        x = ops.leaky_relu(self.norms[0](x), 0.2)
        x = self.second_conv(x)
        return ops.leaky_relu(self.norms[1](x), 0.2)

    def compute_output_shape(self, label_map_shape, features_shape=None):
        return (*label_map_shape[:3], self.filters)
