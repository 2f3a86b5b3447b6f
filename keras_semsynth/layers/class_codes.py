"""Vectors of classes, brought to the pixels of a label map."""

from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.label_map import is_soft


def spread_codes(codes: Tensor, label_map: Tensor) -> Tensor:
    """Gives each pixel the vector of its class.

    `class_table` looks up what is the same for all layouts; here each layout
    has a table of its own.

    Args:
        codes: Float tensor `(batch, num_classes, length)`, or `(1,
            num_classes, length)` for all layouts.
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`, which mixes vectors.

    Returns:
        Tensor `(batch, height, width, length)` of the dtype of `codes`; zeros
        where an id is outside the classes.
    """
    if is_soft(label_map):
        weights = ops.cast(label_map, codes.dtype)
        return ops.matmul(weights, ops.expand_dims(codes, 1))
    num_classes, length = codes.shape[1:]
    # The last row of each layout is zero: foreign ids read it.
    rows = ops.reshape(ops.pad(codes, [[0, 0], [0, 1], [0, 0]]), (-1, length))
    ids = ops.cast(label_map, "int32")
    known = ops.logical_and(ids >= 0, ids < num_classes)
    first = ops.arange(ops.shape(codes)[0], dtype="int32") * (num_classes + 1)
    index = ops.where(known, ids, num_classes) + ops.reshape(first, (-1, 1, 1))
    return backend.take_rows(rows, index)
