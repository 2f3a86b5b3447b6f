from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.label_map import is_soft
from keras_semsynth.layers.label_map import one_hot_label_map


def position_map(label_map: Tensor, num_classes: int) -> Tensor:
    """Says where in the area of its class each pixel lies.

    Offsets from the mean of all pixels of the class in the image, downwards
    and to the right, each divided by the greatest such offset of the class: so
    both lie in `[-1, 1]`. Where all are zero, in an area of one row or column,
    and for ids outside the classes, they are zero.

    CLADE's intra-class positions, as we know the paper (its text was not at
    hand). It takes the centre of the instance where instances are known; a
    layout here has none, but classes.

    Args:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`, of which the heaviest class
            counts.
        num_classes: int.

    Returns:
        float32 tensor `(batch, height, width, 2)`. Making it takes
        `num_classes` numbers a pixel.
    """
    if is_soft(label_map):
        label_map = ops.argmax(label_map, axis=-1)
    ids = ops.cast(label_map, "int32")
    one_hot = one_hot_label_map(ids, num_classes)
    known = ops.logical_and(ids >= 0, ids < num_classes)
    # Rows of a table of all images: class, then image.
    image = ops.cast(ops.arange(ops.shape(ids)[0]), "int32") * num_classes
    rows = ops.where(known, ids, 0) + image[:, None, None]
    offsets = [
        _offsets(ops.sum(one_hot, axis=axis), rows, shape)
        for axis, shape in ((2, (1, -1, 1)), (1, (1, 1, -1)))
    ]
    return ops.where(known[..., None], ops.stack(offsets, axis=-1), 0.0)


def _offsets(counts, rows, shape):
    """Returns offsets along one axis, `(batch, height, width)`.

    `counts` are the pixels of each class at each place of that axis,
    `(batch, places, num_classes)`.
    """
    place = ops.cast(ops.arange(ops.shape(counts)[1]), "float32")
    total = ops.maximum(ops.sum(counts, axis=1, keepdims=True), 1.0)
    centre = ops.sum(counts * place[:, None], axis=1, keepdims=True) / total
    distance = ops.where(counts > 0, ops.abs(place[:, None] - centre), 0.0)
    reach = ops.max(distance, axis=1)
    centre, reach = (
        backend.take_rows(ops.reshape(x, (-1,)), rows) for x in (centre, reach)
    )
    offset = ops.reshape(place, shape) - centre
    return ops.where(reach > 0, offset / ops.where(reach > 0, reach, 1.0), 0.0)
