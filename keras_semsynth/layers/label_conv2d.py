"""A convolution whose input is a map of class ids."""

import contextlib
import contextvars
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.initializers import InitializerLike
from keras_semsynth.layers.label_layer import LabelLayer
from keras_semsynth.layers.label_map import is_soft
from keras_semsynth.layers.label_map import label_windows
from keras_semsynth.layers.label_map import one_hot_label_map

IMPLEMENTATIONS = ("auto", "lookup", "one_hot")
_present = contextvars.ContextVar("label_convolution", default="lookup")


@contextlib.contextmanager
def label_convolutions(implementation: str) -> Iterator[None]:
    """Context that decides for layers that were not told what they do.

    Args:
        implementation: str. One of `IMPLEMENTATIONS`; `"auto"` changes nothing.
    """
    token = None
    if implementation != "auto":
        token = _present.set(implementation)
    try:
        yield
    finally:
        if token is not None:
            _present.reset(token)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class LabelConv2D(LabelLayer):
    """Computes `convolution(concatenate([one_hot(label_map), extra_map]))`.

    The convolution of a one-hot map with a `k x k` kernel is a sum of `k * k`
    rows of the kernel, one for each pixel under it. The default implementation
    looks those rows up and adds them: no multiplication, no one-hot tensor, and
    the same result and gradients up to rounding.

    Args:
        filters: int. Channels of the result.
        kernel_size: int. Height and width of the kernel.
        num_classes: int. Ids lie in `[0, num_classes)`. An id outside acts as
            an all-zero one-hot row.
        extra_channels: int. Channels of `extra_map`. Defaults to `0`.
        strides: int >= 1. Steps of the window in both directions. Defaults to
            `1`.
        padding: `"same"` (zeros, odd kernels), `"valid"`, or an int: that many
            zero cells on every side. Defaults to `"same"`.
        use_bias: bool. Whether there is a bias. Defaults to `True`.
        activation: Keras activation of the result. Defaults to `None`.
        implementation: `"lookup"`, `"one_hot"` (a dense convolution), or
            `"auto"`: what the GAN was compiled with, else `"lookup"`. Defaults
            to `"auto"`.
        kernel_initializer: Keras initializer of the kernel
            `(kernel_size, kernel_size, num_classes + extra_channels,
            filters)`. Defaults to `"glorot_uniform"`.
        **kwargs: Base layer arguments such as `name` and `dtype`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)` of floats, for which the
            convolution is always dense.
        extra_map: Float tensor `(batch, height, width, extra_channels)`, if
            `extra_channels` is not `0`; or `(batch, extra_channels)` for a
            map that is the same everywhere, at a fraction of the cost.
        windows: What `label_windows` makes of `label_map` for this layer, where
            several layers share it. Defaults to `None`.

    Returns:
        Tensor `(batch, new_height, new_width, filters)` of the compute dtype.

    Raises:
        ValueError: If an argument is out of range, or `extra_map` is missing
            or superfluous.

    Example:

    >>> layer = keras_semsynth.layers.LabelConv2D(16, 3, num_classes=5)
    >>> layer(np.zeros((2, 8, 8), "int32")).shape
    (2, 8, 8, 16)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        num_classes: int,
        extra_channels: int = 0,
        strides: int = 1,
        padding: int | str = "same",
        use_bias: bool = True,
        activation: str | Callable | None = None,
        implementation: str = "auto",
        kernel_initializer: InitializerLike = "glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_at_least(1, filters=filters, kernel_size=kernel_size)
        check_at_least(1, num_classes=num_classes, strides=strides)
        check_at_least(0, extra_channels=extra_channels)
        check_choice(IMPLEMENTATIONS, implementation=implementation)
        if padding == "same" and kernel_size % 2 == 0:
            raise ValueError(
                '`padding="same"` needs an odd `kernel_size`; pass the number '
                "of cells instead. Received: "
                f"kernel_size={kernel_size}."
            )
        known = padding in ("same", "valid")
        if not known and (not isinstance(padding, int) or padding < 0):
            raise ValueError(
                '`padding` must be "same", "valid" or an int of at least 0. '
                f"Received: padding={padding!r}."
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.num_classes = num_classes
        self.extra_channels = extra_channels
        self.strides = strides
        self.padding = padding
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)
        self.implementation = implementation
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @property
    def kernel(self) -> Tensor:
        return self._kernel

    def build(self, label_map_shape=None, extra_map_shape=None):
        size = self.kernel_size
        channels = self.num_classes + self.extra_channels
        # Read in full precision: the gradient of a row is a sum over all the
        # pixels of its class, which half precision cannot add up.
        self._kernel = self.add_weight(
            name="kernel",
            shape=(size, size, channels, self.filters),
            initializer=self.kernel_initializer,
            autocast=False,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.filters,), initializer="zeros"
            )
        self.built = True

    def call(self, label_map, extra_map=None, windows=None):
        return self._convolve(label_map, extra_map, self._kernel, windows)

    def call_on_patches(
        self, cells: Tensor, ids: Tensor, extra: Tensor | None = None
    ) -> Tensor:
        """Returns the values `(count, filters)` at the centres of patches.

        Args:
            cells: Integer tensor `(count, kernel_size, kernel_size)` of kinds
                of cells, numbers in `[0, M)`; `M` is outside the map.
            ids: Integer tensor `(M,)` in `[0, num_classes]`: the id of each
                kind, `num_classes` for one that acts as an all-zero row.
            extra: Float tensor `(M, extra_channels)`: what lies beside it.
                Defaults to `None`.
        """
        classes, extras = self._split(ops.convert_to_tensor(self.kernel))
        rows = ops.pad(classes, [[0, 0], [0, 0], [0, 1], [0, 0]])
        rows = ops.take(rows, ids, axis=2)
        if extra is not None:
            extra = ops.cast(extra, extras.dtype)
            rows = rows + ops.einsum("mc,ijcf->ijmf", extra, extras)
        size = range(self.kernel_size)
        outputs = self._look_up(
            [cells[:, i, j] for i in size for j in size], rows
        )
        return self._finish(ops.cast(outputs, self.compute_dtype))

    def _convolve(self, label_map, extra_map, kernel, windows=None):
        if (extra_map is None) != (self.extra_channels == 0):
            raise ValueError(
                f"`extra_map` must have {self.extra_channels} channels "
                f"(`extra_channels`). Received: extra_map="
                f"{None if extra_map is None else extra_map.shape}."
            )
        return self._finish(self._linear(label_map, extra_map, kernel, windows))

    def _linear(self, label_map, extra_map, kernel, windows=None):
        """Convolves with any kernel of the right size; no bias."""
        kernel = ops.convert_to_tensor(kernel)
        classes, extras = self._split(kernel)
        implementation = self.implementation
        if implementation == "auto":
            implementation = _present.get()
        if implementation == "lookup" and not is_soft(label_map):
            if windows is None:
                windows = label_windows(
                    label_map,
                    self.num_classes,
                    self.kernel_size,
                    self._pad_width(),
                    self.strides,
                )
            outputs = self._look_up(windows, classes)
        else:
            outputs = self._dense(
                one_hot_label_map(
                    label_map, self.num_classes, self.compute_dtype
                ),
                classes,
            )
        outputs = ops.cast(outputs, self.compute_dtype)
        if extras is not None and len(extra_map.shape) == 2:
            outputs = outputs + self._constant(
                extra_map, extras, *ops.shape(label_map)[1:3]
            )
        elif extras is not None:
            outputs = outputs + self._dense(extra_map, extras)
        return outputs

    def _finish(self, outputs):
        if self.bias is not None:
            outputs = outputs + ops.cast(self.bias, self.compute_dtype)
        return self.activation(outputs)

    def _split(self, kernel):
        if self.extra_channels == 0:
            return kernel, None
        return kernel[:, :, : self.num_classes], kernel[
            :, :, self.num_classes :
        ]

    def _pad_width(self):
        if self.padding == "same":
            return self.kernel_size // 2
        return 0 if self.padding == "valid" else self.padding

    def _look_up(self, windows, kernel):
        # The last row of each tap is zero: padding and foreign ids read it.
        tables = ops.pad(kernel, [[0, 0], [0, 0], [0, 1], [0, 0]])
        tables = ops.reshape(
            tables, (self.kernel_size**2, -1, kernel.shape[-1])
        )
        return backend.sum_of_rows(tables, windows)

    def _dense(self, channels, kernel):
        pad = self._pad_width()
        channels = ops.cast(channels, self.compute_dtype)
        if pad:
            channels = ops.pad(
                channels, [[0, 0], [pad, pad], [pad, pad], [0, 0]]
            )
        return ops.conv(
            channels,
            ops.cast(kernel, self.compute_dtype),
            strides=self.strides,
            padding="valid",
            data_format="channels_last",
        )

    def _constant(self, vectors, kernel, height, width):
        """Convolves maps that hold one vector everywhere.

        Every pixel gets the sum of those taps that lie inside the map.
        """
        taps = ops.einsum(
            "bc,ijcf->bijf",
            ops.cast(vectors, self.compute_dtype),
            ops.cast(kernel, self.compute_dtype),
        )
        taps = ops.einsum("bijf,wj->biwf", taps, self._inside(width))
        return ops.einsum("biwf,hi->bhwf", taps, self._inside(height))

    def _inside(self, size):
        """Whether tap `j` at output `i` lies inside; `(outputs, taps)`."""
        pad = self._pad_width()
        first = ops.arange(
            -pad, size + pad - self.kernel_size + 1, self.strides
        )
        position = ops.expand_dims(first, 1) + ops.arange(self.kernel_size)
        inside = ops.logical_and(position >= 0, position < size)
        return ops.cast(inside, self.compute_dtype)

    def compute_output_shape(self, label_map_shape, extra_map_shape=None):
        def length(size):
            if size is None:
                return None
            padded = size + 2 * self._pad_width()
            return (padded - self.kernel_size) // self.strides + 1

        batch, height, width = label_map_shape[:3]
        return (batch, length(height), length(width), self.filters)


def joint_label_conv2d(
    layers: Sequence[LabelConv2D],
    label_map: Tensor,
    extra_map: Tensor | None = None,
) -> list[Tensor]:
    """Calls several layers on one input in one convolution.

    The same results as one after the other, with fewer and larger operations.

    Args:
        layers: list of built `LabelConv2D` that are alike, but for the values
            of their weights.
        label_map: As for `LabelConv2D`.
        extra_map: As for `LabelConv2D`.

    Returns:
        List of tensors, one a layer.
    """
    kernels = [ops.convert_to_tensor(layer.kernel) for layer in layers]
    joint = layers[0]._linear(
        label_map, extra_map, ops.concatenate(kernels, axis=-1)
    )
    parts = ops.split(joint, len(layers), axis=-1)
    return [
        layer._finish(part) for layer, part in zip(layers, parts, strict=True)
    ]
