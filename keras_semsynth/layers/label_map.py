"""Label maps as tensors: one-hot encoding, instance edges and resizing."""

import keras
from keras import ops


def is_soft(label_map) -> bool:
    """Whether `label_map` holds class weights `(B, H, W, C)`, not ids."""
    return len(label_map.shape) == 4


def one_hot_label_map(label_map, num_classes: int, dtype="float32"):
    """Encodes ids as one channel a class.

    An id outside `[0, num_classes)` gives an all-zero row on every backend
    (`ops.one_hot` raises on PyTorch).

    Args:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`, which is only cast.
        num_classes: int.
        dtype: str. Defaults to `"float32"`.

    Returns:
        Tensor `(batch, height, width, num_classes)` of `dtype`.
    """
    if is_soft(label_map):
        return ops.cast(label_map, dtype)
    ids = ops.expand_dims(ops.cast(label_map, "int32"), -1)
    return ops.cast(ops.equal(ids, ops.arange(num_classes)), dtype)


def edge_map_from_instances(instance_map, dtype="float32"):
    """Marks the pixels whose instance id differs from a direct neighbour's.

    Both sides of a boundary are marked; the image border does not count.

    Args:
        instance_map: Integer tensor `(batch, height, width)`.
        dtype: str. Defaults to `"float32"`.

    Returns:
        Tensor of zeros and ones, `(batch, height, width, 1)`.

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585), section 3.3
    """
    ids = ops.cast(instance_map, "int32")
    rows = ops.cast(ops.not_equal(ids[:, 1:], ids[:, :-1]), dtype)
    columns = ops.cast(ops.not_equal(ids[:, :, 1:], ids[:, :, :-1]), dtype)
    edges = ops.maximum(
        ops.maximum(
            ops.pad(rows, [[0, 0], [1, 0], [0, 0]]),
            ops.pad(rows, [[0, 0], [0, 1], [0, 0]]),
        ),
        ops.maximum(
            ops.pad(columns, [[0, 0], [0, 0], [1, 0]]),
            ops.pad(columns, [[0, 0], [0, 0], [0, 1]]),
        ),
    )
    return ops.expand_dims(edges, -1)


def resize_label_map(label_map, height, width):
    """Resizes by the nearest-neighbour rule of the official models.

    Row `i` of the result is row `min(floor(i * float32(H / height)), H - 1)`
    of the input, and likewise for columns: an integer reduction keeps the
    top-left pixel of each block. `keras.ops.image.resize` samples the centre.

    Args:
        label_map: Tensor `(batch, H, W)` or `(batch, H, W, channels)` of any
            dtype.
        height: int or scalar int tensor. Rows of the result.
        width: int or scalar int tensor. Columns of the result.

    Returns:
        Tensor `(batch, height, width[, channels])` of the dtype of
        `label_map`.
    """
    return _resize_axis(_resize_axis(label_map, 1, height), 2, width)


def _resize_axis(x, axis, size):
    static, requested = x.shape[axis], size
    if isinstance(static, int) and isinstance(requested, int):
        if static == requested:
            return x
        if static % requested == 0:
            step = static // requested
            return x[:, ::step] if axis == 1 else x[:, :, ::step]
    source = ops.shape(x)[axis]
    scale = ops.divide(ops.cast(source, "float32"), ops.cast(size, "float32"))
    position = ops.cast(ops.arange(size), "float32") * scale
    index = ops.cast(ops.floor(position), "int32")
    index = ops.minimum(index, ops.cast(source, "int32") - 1)
    return ops.take(x, index, axis=axis)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class LabelMapResizing(keras.layers.Layer):
    """Resizes label maps and the maps that go with them, nearest neighbour.

    See `resize_label_map` for the index rule.

    Args:
        height: int. Rows of the result.
        width: int. Columns of the result.
        **kwargs: Base layer arguments such as `name`.

    Call arguments:
        label_map: Tensor `(batch, H, W)` or `(batch, H, W, channels)`.

    Returns:
        Tensor `(batch, height, width[, channels])`, dtype of the input.

    Raises:
        ValueError: If `height` or `width` is not positive.

    Example:

    >>> layer = keras_semsynth.layers.LabelMapResizing(8, 8)
    >>> layer(np.zeros((2, 64, 64), "int32")).shape
    (2, 8, 8)
    """

    def __init__(self, height, width, **kwargs):
        # Ids must not be cast to the compute dtype: float16 holds 0 ... 2048.
        super().__init__(autocast=False, **kwargs)
        for name, value in (("height", height), ("width", width)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"`{name}` must be a positive integer. "
                    f"Received: {name}={value}."
                )
        self.height = height
        self.width = width

    def call(self, label_map):
        return resize_label_map(label_map, self.height, self.width)

    def compute_output_shape(self, label_map_shape):
        batch, _, _, *channels = label_map_shape
        return (batch, self.height, self.width, *channels)

    def compute_output_spec(self, label_map):
        shape = self.compute_output_shape(label_map.shape)
        return keras.KerasTensor(shape, label_map.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "height": self.height,
            "width": self.width,
        }
