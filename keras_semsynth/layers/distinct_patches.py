"""Which pixels of a label map see the same surroundings.

SPADE's scale and shift at a pixel depend on nothing but the ids around it, and
real layouts hold few different surroundings (at 256x256 one in ten to fifteen
pixels has new ones). Naming them lets `SPADE` compute each once.
"""

import math
from collections.abc import Callable
from typing import Any
from typing import TypedDict

from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.label_map import known_ids

# Different patches over pixels up to which each patch is computed once.
# Measured for 64 to 512 channels: at 0.7 it takes 0.5 to 0.8 times the
# convolutions' time, at 1 it takes 1 to 1.5 times. JAX's programs compute more
# rows than there are patches, and sort slowly.
LARGEST_SHARE = 0.375 if backend.COMPILES_EVERY_SIZE else 0.75
# Pixels that equal their right neighbour, over all, below which patches are not
# even looked for: it would take a twentieth of the time of noise's image, on
# JAX a tenth of that of any.
SMALLEST_REPETITION = 0.96 if backend.COMPILES_EVERY_SIZE else 0.5
# Pixels of a map below which most patches differ, and finding them is a loss.
SMALLEST_MAP = 64 * 64


def distinct_patches(
    ids: Tensor, size: int, num_ids: int
) -> tuple[Tensor, Tensor]:
    """Finds the different `size x size` patches around the pixels of a map.

    Exact: patches are told apart by ranks, not by hashes.

    Args:
        ids: Integer tensor `(batch, height, width)` in `[0, num_ids)`.
        size: int, odd.
        num_ids: int or scalar integer tensor. Cells outside the map get this
            id.

    Returns:
        `(index, patches)` of `backend.INDEX_DTYPE`: the number of each pixel's
        patch, `(batch, height, width)`, and the ids of each patch,
        `(count, size, size)`. On JAX, whose programs have fixed shapes, there
        are as many patches as pixels; those with numbers that no pixel has mean
        nothing.
    """
    reach = size // 2
    ids = ops.cast(ids, backend.INDEX_DTYPE)
    outside = ops.cast(num_ids, backend.INDEX_DTYPE)
    # `ops.pad` pads with Python numbers only; make the border zero and back.
    padded = ops.pad(ids - outside, [[0, 0], [reach, reach], [reach, reach]])
    padded = padded + outside
    ranks = padded
    for axis in (2, 1):
        ranks, pixels = backend.distinct(_neighbours(ranks, size, axis))
    # From the number of a pixel in the map to the cells of its patch.
    _, height, width = (
        ops.cast(n, backend.INDEX_DTYPE) for n in ops.shape(ids)
    )
    image, row = pixels // (height * width), pixels // width % height
    corner = (image * (height + 2 * reach) + row) * (width + 2 * reach)
    corner = corner + pixels % width
    step = ops.arange(size, dtype=backend.INDEX_DTYPE)
    cells = step[:, None] * (width + 2 * reach) + step[None, :]
    cells = corner[:, None, None] + cells[None]
    return ranks, backend.take_rows(ops.reshape(padded, (-1,)), cells)


def _neighbours(values, size, axis):
    """The values of `size` neighbours along an axis, beside each other."""
    ends = (start + 1 - size or None for start in range(size))
    cuts = (slice(*cut) for cut in enumerate(ends))
    return [values[:, cut] if axis == 1 else values[:, :, cut] for cut in cuts]


class LayoutPatches(TypedDict, total=False):
    """What different pixels can make of a layout by two convolutions.

    Integers are of `backend.INDEX_DTYPE`.

    `cells`: `(V, size, size)`, the different patches of cells. A cell is an id,
    or an id with what lies beside it; each patch of cells gives one vector of
    the first convolution.

    `hidden`: `(U, size, size)`, the different patches of the numbers of those
    vectors; `V` is outside the map. Each gives one vector of the second.

    `count`: scalar, how many of `hidden` there are. On JAX `U` and `V` are the
    number of pixels, and what is behind means nothing.

    `index`: `(batch, height, width)`, the number of each pixel's patch.

    `ids`: `(M,)`, the id that each kind of cell has.

    `extra`: float `(M, channels)`, what lies beside it; absent if nothing does.

    `worth`: scalar bool tensor, whether computing each patch once is faster
    than computing every pixel. Absent if it is to be done anyway.
    """

    cells: Tensor
    hidden: Tensor
    count: Tensor
    index: Tensor
    ids: Tensor
    extra: Tensor
    worth: Tensor


def layout_patches(
    label_map: Tensor,
    extra_map: Tensor | None,
    kernel_size: int,
    num_classes: int,
) -> LayoutPatches:
    """Finds all that different pixels can make of a layout in `SPADE`.

    Args:
        label_map: Integer tensor `(batch, height, width)`; an id outside
            `[0, num_classes)` acts as an all-zero one-hot row.
        extra_map: What lies beside the labels: a vector an image
            `(batch, channels)`, or an edge map `(batch, height, width, 1)` of
            zeros and ones, or `None`.
        kernel_size: int, odd. Size of SPADE's kernels.
        num_classes: int.

    Returns:
        `LayoutPatches`, without `worth`.
    """
    patches, cells = _kinds(label_map, extra_map, num_classes)
    return patches | _find(cells, kernel_size, ops.size(patches["ids"]))


def patches_if_worth(
    label_map: Tensor,
    extra_map: Tensor | None,
    kernel_size: int,
    num_classes: int,
) -> LayoutPatches:
    """Finds the patches of a layout that repeats itself.

    Args:
        label_map, extra_map, kernel_size, num_classes: As for
            `layout_patches`.

    Returns:
        `LayoutPatches` with `worth`; of a layout that is hardly worth it,
        patches that mean nothing.
    """
    patches, cells = _kinds(label_map, extra_map, num_classes)
    equal = ops.equal(label_map[:, :, 1:], label_map[:, :, :-1])
    repeats = ops.mean(ops.cast(equal, "float32")) >= SMALLEST_REPETITION
    if extra_map is not None and len(extra_map.shape) == 4:
        binary = ops.logical_or(extra_map == 0, extra_map == 1)
        repeats = ops.logical_and(repeats, ops.all(binary))
    patches |= backend.choose(
        repeats,
        lambda: _find(cells, kernel_size, ops.size(patches["ids"])),
        lambda: _nothing(cells, kernel_size),
    )
    pixels = ops.cast(ops.size(cells), "float32")
    few = ops.cast(patches["count"], "float32") <= LARGEST_SHARE * pixels
    few = ops.logical_and(few, pixels >= SMALLEST_MAP)
    return patches | {"worth": ops.logical_and(repeats, few)}


def for_patches(
    patches: LayoutPatches, function: Callable[[LayoutPatches], Any]
) -> Any:
    """Calls a function with patches of which none is superfluous, or not many.

    Args:
        patches: `LayoutPatches`, with `worth` only if that holds.
        function: Callable of `LayoutPatches`. On JAX it is compiled for some
            numbers of patches, and called with the next larger one.

    Returns:
        What the function returns.
    """

    def call(size):
        if size is None:
            return function(patches)
        cut = {name: patches[name][:size] for name in ("cells", "hidden")}
        cut["hidden"] = ops.minimum(cut["hidden"], size)  # outside the map
        return function({**patches, **cut})

    most = ops.size(patches["index"])
    if backend.COMPILES_EVERY_SIZE and "worth" in patches:
        most = int(LARGEST_SHARE * most)
    return backend.call_with_enough(patches["count"], most, call)


def _kinds(label_map, extra_map, num_classes):
    """What a cell may be, and which of them each pixel is."""
    cells = ops.cast(known_ids(label_map, num_classes), backend.INDEX_DTYPE)
    kinds = num_classes + 1
    groups = 1
    patches = LayoutPatches()
    if extra_map is not None and len(extra_map.shape) == 2:
        groups = ops.shape(extra_map)[0]
        images = ops.arange(groups, dtype=backend.INDEX_DTYPE)
        cells = cells + images[:, None, None] * kinds
        patches["extra"] = ops.repeat(extra_map, kinds, axis=0)
    elif extra_map is not None:
        groups = 2
        on = ops.cast(extra_map[..., 0] > 0.5, backend.INDEX_DTYPE)
        cells = cells + on * kinds
        both = ops.repeat(ops.arange(2), kinds)[:, None]
        patches["extra"] = ops.cast(both, extra_map.dtype)
    numbers = ops.arange(groups * kinds, dtype=backend.INDEX_DTYPE)
    patches["ids"] = numbers % kinds
    return patches, cells


def _find(cells, size, num_kinds):
    numbers, patches = distinct_patches(cells, size, num_kinds)
    index, hidden = distinct_patches(numbers, size, ops.shape(patches)[0])
    return LayoutPatches(
        cells=patches, hidden=hidden, index=index, count=ops.max(index) + 1
    )


def _nothing(cells, size):
    """Zeros in place of patches."""
    fixed = backend.COMPILES_EVERY_SIZE
    shape = ops.shape(cells) if fixed else (1, 1, 1)
    patch = ops.zeros((math.prod(shape), size, size), backend.INDEX_DTYPE)
    index = ops.zeros(shape, backend.INDEX_DTYPE)
    return LayoutPatches(
        cells=patch, hidden=patch, index=index, count=index[0, 0, 0]
    )
