"""Which pixels of a label map see the same surroundings.

SPADE's scale and shift at a pixel depend on nothing but the ids around it, and
real layouts hold few different surroundings (at 256x256 one in ten to fifteen
pixels has new ones). Naming them lets `SPADE` compute each once.
"""

from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.label_map import known_ids


def distinct_patches(
    ids: Tensor, size: int, num_ids: int
) -> tuple[Tensor, Tensor]:
    """Finds the different `size x size` patches around the pixels of a map.

    Exact: patches are told apart by ranks, not by hashes.

    Args:
        ids: int64 tensor `(batch, height, width)` in `[0, num_ids)`.
        size: int, odd.
        num_ids: int or scalar int64 tensor. Cells outside the map get this id.

    Returns:
        `(index, patches)`: int64 `(batch, height, width)`, the number of each
        pixel's patch, and int64 `(count, size, size)`, the ids of each patch.

    Raises:
        RuntimeError: On JAX, whose programs need the count beforehand.
    """
    reach = size // 2
    outside = ops.cast(num_ids, "int64")
    # `ops.pad` pads with Python numbers only; make the border zero and back.
    padded = ops.pad(ids - outside, [[0, 0], [reach, reach], [reach, reach]])
    padded = padded + outside
    ranks = padded
    bound = outside + 1
    for axis in (2, 1):
        ranks, pixels = _runs(ranks, size, bound, axis)
        bound = ops.cast(ops.size(ranks), "int64")
    # From the number of a pixel in the map to the cells of its patch.
    _, height, width = (ops.cast(n, "int64") for n in ops.shape(ids))
    image, row = pixels // (height * width), pixels // width % height
    corner = (image * (height + 2 * reach) + row) * (width + 2 * reach)
    corner = corner + pixels % width
    step = ops.arange(size, dtype="int64")
    cells = step[:, None] * (width + 2 * reach) + step[None, :]
    cells = corner[:, None, None] + cells[None]
    return ranks, backend.take_rows(ops.reshape(padded, (-1,)), cells)


def _runs(values, size, bound, axis):
    """Ranks the runs of `size` neighbours along an axis.

    Two numbers below 2**31 fit in an int64: each step joins one more.
    """
    ranks = pixels = None
    for start in range(size):
        end = start + 1 - size
        cut = slice(start, end if end else None)
        part = values[:, cut] if axis == 1 else values[:, :, cut]
        code = part if ranks is None else ranks * bound + part
        ranks, pixels = backend.distinct(code)
    return ranks, pixels


def spade_patches(
    label_map: Tensor, kernel_size: int, num_classes: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Finds all that different pixels can make of a label map in `SPADE`.

    Args:
        label_map: Integer tensor `(batch, height, width)`; an id outside
            `[0, num_classes)` acts as an all-zero one-hot row.
        kernel_size: int, odd. Size of SPADE's kernels.
        num_classes: int.

    Returns:
        `(label_patches, hidden_patches, index)`, int64: the different patches
        of ids `(V, kernel_size, kernel_size)`, each of which gives one hidden
        vector; the different patches of those vectors' numbers
        `(U, kernel_size, kernel_size)`, `V` being outside the map; and the
        number of each pixel's patch, `(batch, height, width)`.

    Raises:
        RuntimeError: On JAX, as `distinct_patches`.
    """
    ids = ops.cast(known_ids(label_map, num_classes), "int64")
    hidden, label_patches = distinct_patches(ids, kernel_size, num_classes)
    index, hidden_patches = distinct_patches(
        hidden, kernel_size, ops.shape(label_patches)[0]
    )
    return label_patches, hidden_patches, index
