"""Label maps as tensors: one-hot encoding and resizing."""

from keras import ops

from keras_semsynth.backend.tensor import Tensor


def is_soft(label_map: Tensor) -> bool:
    """Whether `label_map` holds class weights `(B, H, W, C)`, not ids."""
    return len(label_map.shape) == 4


def one_hot_label_map(
    label_map: Tensor, num_classes: int, dtype: str = "float32"
) -> Tensor:
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


def known_ids(label_map: Tensor, num_classes: int) -> Tensor:
    """Gives all ids outside `[0, num_classes)` the one number `num_classes`.

    Args:
        label_map: Integer tensor of any shape.
        num_classes: int.

    Returns:
        int32 tensor of the same shape, in `[0, num_classes]`.
    """
    ids = ops.cast(label_map, "int32")
    known = ops.logical_and(ids >= 0, ids < num_classes)
    return ops.where(known, ids, num_classes)


def label_windows(
    label_map: Tensor,
    num_classes: int,
    kernel_size: int,
    pad: int,
    strides: int = 1,
) -> tuple[Tensor, ...]:
    """Finds the ids under each tap of a kernel.

    Args:
        label_map: Integer tensor `(batch, height, width)`.
        num_classes: int. Ids outside `[0, num_classes)`, and cells outside the
            map, get this number.
        kernel_size: int. Height and width of the kernel.
        pad: int. Cells around the map on every side.
        strides: int. Steps of the kernel in both directions. Defaults to `1`.

    Returns:
        Tuple of int32 tensors `(batch, new_height, new_width)`, one for each of
        the `kernel_size * kernel_size` taps, row by row.
    """
    ids = known_ids(label_map, num_classes)
    if pad:
        border = [pad, pad]
        ids = ops.pad(
            ids, [[0, 0], border, border], constant_values=num_classes
        )

    def taps():
        for offset in range(kernel_size):
            end = offset + 1 - kernel_size
            yield slice(offset, end if end else None, strides)

    return tuple(ids[:, row, column] for row in taps() for column in taps())


def resize_label_map(
    label_map: Tensor, height: int | Tensor, width: int | Tensor
) -> Tensor:
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
