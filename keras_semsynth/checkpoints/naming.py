"""Naming tables: which official key is which Keras variable.

A table is a list of `Entry`. It is built from a network, so the same table
serves for reading, for writing and for comparing. The functions below give the
entries of one layer each; a network's table strings them together.
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
from keras import ops


@dataclasses.dataclass(frozen=True)
class Layout:
    """How an array is rearranged between PyTorch and Keras, both ways."""

    to_keras: Callable[[np.ndarray], np.ndarray]
    to_official: Callable[[np.ndarray], np.ndarray]


PLAIN = Layout(lambda x: x, lambda x: x)
# Convolution (out, in, h, w) <-> (h, w, in, out); a transposed one is
# (in, out, h, w) <-> (h, w, out, in), the same permutation.
CONVOLUTION = Layout(
    lambda x: np.transpose(x, (2, 3, 1, 0)),
    lambda x: np.transpose(x, (3, 2, 0, 1)),
)
# Depthwise convolution (channels, 1, h, w) <-> (h, w, channels, 1).
DEPTHWISE = Layout(
    lambda x: np.transpose(x, (2, 3, 0, 1)),
    lambda x: np.transpose(x, (2, 3, 0, 1)),
)


def flattened(channels: int, height: int, width: int) -> Layout:
    """Layout of a vector, or of rows, that PyTorch flattened as (c, y, x).

    Keras flattens (y, x, c). Acts on the first axis.
    """

    def to_keras(x):
        x = np.reshape(x, (channels, height, width, *x.shape[1:]))
        x = np.moveaxis(x, 0, 2)
        return np.reshape(x, (height * width * channels, *x.shape[3:]))

    def to_official(x):
        x = np.reshape(x, (height, width, channels, *x.shape[1:]))
        x = np.moveaxis(x, 2, 0)
        return np.reshape(x, (height * width * channels, *x.shape[3:]))

    return Layout(to_keras, to_official)


def dense_layout(inputs: Layout = PLAIN, outputs: Layout = PLAIN) -> Layout:
    """Layout of a dense kernel whose inputs or outputs were flattened."""

    def to_keras(x):
        return inputs.to_keras(np.transpose(outputs.to_keras(x)))

    def to_official(x):
        return outputs.to_official(np.transpose(inputs.to_official(x)))

    return Layout(to_keras, to_official)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One row of a naming table.

    Args:
        key: str. Official key.
        variable: The Keras variable.
        layout: `Layout`. Defaults to none needed.
        derive: Function of the official state that finds the value where the
            key itself is missing and returns `(value, key it read)`, or `None`.
    """

    key: str
    variable: keras.Variable
    layout: Layout = PLAIN
    derive: Callable | None = None

    @property
    def official_shape(self) -> tuple[int, ...]:
        # A view of one number: no memory, whatever the shape.
        value = np.broadcast_to(np.float32(0), tuple(self.variable.shape))
        return self.layout.to_official(value).shape

    def assign(self, value: np.ndarray) -> None:
        value = self.layout.to_keras(np.asarray(value))
        self.variable.assign(np.ascontiguousarray(value))

    def read(self) -> np.ndarray:
        """The value of the variable in the official layout."""
        value = ops.convert_to_numpy(self.variable)
        return np.ascontiguousarray(self.layout.to_official(value))


def with_unknown_first(
    entry: Entry, axis: int, first: int, num_classes: int
) -> Entry:
    """Returns an entry whose official classes are one further than ours.

    Channel 0 of the classes is the unknown class there, and class `k` has
    channel `k + 1`; here the unknown class is the last.

    Args:
        entry: `Entry`.
        axis: int. Axis of the Keras variable that holds the classes.
        first: int. Where they begin.
        num_classes: int. How many there are, the unknown class included.
    """

    def rolled(x, by):
        x = np.moveaxis(np.array(x), axis, 0)
        last = first + num_classes
        x[first:last] = np.roll(x[first:last], by, axis=0)
        return np.moveaxis(x, 0, axis)

    layout = Layout(
        lambda x: rolled(entry.layout.to_keras(x), -1),
        lambda x: entry.layout.to_official(rolled(x, 1)),
    )
    return dataclasses.replace(entry, layout=layout)


def _bias(prefix, layer, layout=PLAIN):
    if layer.bias is None:
        return []
    return [Entry(f"{prefix}.bias", layer.bias, layout)]


def convolution(prefix: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of a convolution; under spectral normalization, the triple."""
    if hasattr(layer, "left_vector"):
        return [*_spectral_kernel(prefix, layer), *_bias(prefix, layer)]
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    layout = DEPTHWISE if depthwise else CONVOLUTION
    kernel = Entry(f"{prefix}.weight", layer.kernel, layout)
    return [kernel, *_bias(prefix, layer)]


def dense(
    prefix: str,
    layer: keras.layers.Layer,
    inputs: Layout = PLAIN,
    outputs: Layout = PLAIN,
) -> list[Entry]:
    """Entries of a dense layer; `inputs` and `outputs` as `flattened`."""
    return [
        Entry(f"{prefix}.weight", layer.kernel, dense_layout(inputs, outputs)),
        *_bias(prefix, layer, outputs),
    ]


def batch_normalization(prefix: str, layer: keras.layers.Layer) -> list[Entry]:
    """Entries of a batch normalization, with or without scale and offset."""
    entries = [
        Entry(f"{prefix}.running_mean", layer.moving_mean),
        Entry(f"{prefix}.running_var", layer.moving_variance),
    ]
    if layer.scale:
        entries.append(Entry(f"{prefix}.weight", layer.gamma))
    if layer.center:
        entries.append(Entry(f"{prefix}.bias", layer.beta))
    return entries


def normalization(prefix: str, layer: keras.layers.Layer | None) -> list[Entry]:
    """Entries of any normalization; an instance norm has none."""
    if layer is None or not hasattr(layer, "moving_mean"):
        return []
    return batch_normalization(prefix, layer)


def normalized_convolution(
    prefix: str, layer: keras.layers.Layer
) -> list[Entry]:
    """Entries of a `NormalizedConv2D`.

    With a norm the unit is numbered inside, `.0` the convolution and `.1` the
    norm; without one the unit is the convolution.
    """
    if layer.norm is None:
        return convolution(prefix, layer.conv)
    return [
        *convolution(f"{prefix}.0", layer.conv),
        *normalization(f"{prefix}.1", layer.norm),
    ]


def _spectral_kernel(prefix, layer):
    height, width, *_ = layer.kernel.shape
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    inputs = layer.kernel.shape[3 if transposed else 2]
    return [
        Entry(f"{prefix}.weight_orig", layer.kernel, CONVOLUTION),
        Entry(f"{prefix}.weight_u", layer.left_vector),
        Entry(
            f"{prefix}.weight_v",
            layer.right_vector,
            # The matrix has its columns in the order (in, h, w) there.
            flattened(inputs, height, width),
            derive=lambda state: _right_vector(state, prefix, transposed),
        ),
    ]


def _right_vector(state, prefix, transposed):
    """Find `weight_v` for files that have the divided `weight` instead.

    `sigma` is the mean ratio of the two kernels, `v` the shortest solution of
    `M v = u`, scaled so that `u^T M v = sigma`.
    """
    names = ("weight", "weight_orig", "weight_u")
    try:
        divided, kernel, left = (
            np.asarray(state[f"{prefix}.{name}"], "float64") for name in names
        )
    except KeyError:
        return None
    if divided.shape != kernel.shape or kernel.ndim != 4:
        return None
    if transposed:
        kernel, divided = np.swapaxes(kernel, 0, 1), np.swapaxes(divided, 0, 1)
    if left.shape != kernel.shape[:1]:
        return None
    known = divided != 0
    sigma = np.mean(kernel[known] / divided[known]) if known.any() else 0.0
    matrix = kernel.reshape(len(kernel), -1)
    # By the smaller of the two Gram matrices: 1024 rows, 9216 columns in the
    # middle of a full-size generator.
    if matrix.shape[0] <= matrix.shape[1]:
        right = matrix.T @ np.linalg.lstsq(matrix @ matrix.T, left)[0]
    else:
        right = np.linalg.lstsq(matrix.T @ matrix, matrix.T @ left)[0]
    scale = left @ matrix @ right
    if scale:
        right = right * (sigma / scale)
    return right, f"{prefix}.weight"
