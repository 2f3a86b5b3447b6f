import keras
from keras import ops

from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.conditional_predictor import ConditionalPredictor
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.initializers import clone_initializer
from keras_semsynth.layers.label_map import resize_label_map


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionalAttention(Configured, keras.layers.Layer):
    """Gates every channel at every pixel by what the context predicts.

    `features * sigmoid(conv(relu(conv(context))))`: the attention decides
    which channels matter for the class of a pixel.

    Args:
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        hidden_filters: int. Width of the predictor. Defaults to `128`.
        kernel_initializer: Keras initializer of both convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        features: Float tensor `(batch, height, width, channels)`.
        label_map: Integer tensor `(batch, H, W)`, or a soft label map
            `(batch, H, W, num_classes)`; any `H`, `W`.
        extra_map: Float tensor `(batch, H, W, extra_channels)`, if
            `extra_channels` is not `0`.

    Returns:
        Tensor of the shape of `features` in the compute dtype.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = keras_semsynth.layers.ConditionalAttention(num_classes=5)
    >>> features = np.zeros((2, 16, 16, 8), "float32")
    >>> layer(features, np.zeros((2, 32, 32), "int32")).shape
    (2, 16, 16, 8)

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), Eq. 2
    """

    def __init__(
        self,
        num_classes: int,
        extra_channels: int = 0,
        hidden_filters: int = 128,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        # Ids must not be cast to the compute dtype: float16 holds 0 ... 2048.
        super().__init__(autocast=False, **kwargs)
        check_at_least(
            1, num_classes=num_classes, hidden_filters=hidden_filters
        )
        check_at_least(0, extra_channels=extra_channels)
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.hidden_filters = hidden_filters
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape, label_map_shape=None, extra_map_shape=None):
        self.predictor = ConditionalPredictor(
            features_shape[-1],
            self.num_classes,
            extra_channels=self.extra_channels,
            hidden_filters=self.hidden_filters,
            activation="sigmoid",
            kernel_initializer=clone_initializer(self.kernel_initializer),
            dtype=self.dtype_policy,
            name="predictor",
        )
        self.predictor.build()
        self.built = True

    def call(self, features, label_map, extra_map=None):
        features = ops.cast(features, self.compute_dtype)
        height, width = ops.shape(features)[1:3]
        label_map = resize_label_map(label_map, height, width)
        if extra_map is not None:
            extra_map = resize_label_map(extra_map, height, width)
        return features * self.predictor(label_map, extra_map)

    def compute_output_shape(
        self, features_shape, label_map_shape=None, extra_map_shape=None
    ):
        return features_shape
