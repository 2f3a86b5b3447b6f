from collections.abc import Callable

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_odd
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.label_layer import LabelLayer


@keras.saving.register_keras_serializable(package="keras_semsynth")
class ConditionalPredictor(LabelLayer):
    """Predicts a map from the context: two convolutions, ReLU in between.

    The context of a pixel is its label and whatever `extra_map` says of it:
    an edge map, features of a `LabelFeaturePyramid`.

    Args:
        filters: int. Channels of the result.
        num_classes: int. Ids lie in `[0, num_classes)`.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        hidden_filters: int >= 1. Channels of the hidden layer. Defaults to
            `128`.
        kernel_size: int, odd. Size of both kernels. Defaults to `3`.
        activation: Keras activation of the result. Defaults to `None`.
        kernel_initializer: Keras initializer of both convolutions.
            Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        extra_map: Float tensor `(batch, height, width, extra_channels)`, if
            `extra_channels` is not `0`.

    Returns:
        Tensor `(batch, height, width, filters)` of the compute dtype.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        - [CC-FPSE, NeurIPS 2019](https://arxiv.org/abs/1910.06809), section
          3.1.2
    """

    def __init__(
        self,
        filters: int,
        num_classes: int,
        extra_channels: int = 0,
        hidden_filters: int = 128,
        kernel_size: int = 3,
        activation: str | Callable | None = None,
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(
            1,
            filters=filters,
            num_classes=num_classes,
            hidden_filters=hidden_filters,
        )
        check_at_least(0, extra_channels=extra_channels)
        check_odd(kernel_size=kernel_size)
        self.filters = filters
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.hidden_filters = hidden_filters
        self.kernel_size = kernel_size
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, label_map_shape=None, extra_map_shape=None):
        self.hidden = label_convolution(
            self.num_classes,
            self.hidden_filters,
            self.kernel_size,
            extra_channels=self.extra_channels,
            activation="relu",
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="hidden",
        )
        self.last = convolution(
            self.hidden_filters,
            self.filters,
            self.kernel_size,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="last",
        )
        self.built = True

    def call(self, label_map, extra_map=None):
        return self.from_hidden(self.hidden(label_map, extra_map))

    def from_hidden(self, hidden: Tensor) -> Tensor:
        """Returns the prediction, given what `self.hidden` returned."""
        return self.activation(self.last(hidden))

    def apply_in_strips(
        self,
        function: Callable[[Tensor, Tensor], Tensor],
        x: Tensor,
        hidden: Tensor,
        reach: int,
        strips: int,
    ) -> Tensor:
        """Returns `function(x, prediction)`, from one strip after the other.

        So a part of the prediction is held at a time.

        Args:
            function: Callable of some rows of `x`, with `reach` cells more on
                every side, and the same rows of the prediction. Returns those
                rows of the result.
            x: Float tensor `(batch, height, width, channels)`. Zeros lie
                around it.
            hidden: What `self.hidden` returned.
            reach: int. Cells around a pixel that `function` reads of `x`.
            strips: int. How many there are, at most `height`.
        """
        own = self.kernel_size // 2
        height = ops.shape(x)[1]
        x, hidden = _pad(x, reach), _pad(hidden, own)
        kernel, bias = (
            ops.cast(variable, self.compute_dtype)
            for variable in (self.last.kernel, self.last.bias)
        )
        results = []
        for i in range(strips):
            start, end = height * i // strips, height * (i + 1) // strips
            prediction = ops.conv(
                hidden[:, start : end + 2 * own],
                kernel,
                padding="valid",
                data_format="channels_last",
            )
            results.append(
                function(
                    x[:, start : end + 2 * reach],
                    self.activation(prediction + bias),
                )
            )
        return results[0] if strips == 1 else ops.concatenate(results, axis=1)

    def compute_output_shape(self, label_map_shape, extra_map_shape=None):
        return (*label_map_shape[:3], self.filters)


def _pad(x, reach):
    return ops.pad(x, [[0, 0], [reach, reach], [reach, reach], [0, 0]])
