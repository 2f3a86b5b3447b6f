"""What the blocks of a generator read of a layout at one resolution."""

from typing import TypedDict

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.distinct_patches import LayoutPatches
from keras_semsynth.layers.label_map import resize_label_map


class LayoutLevel(TypedDict, total=False):
    """All that blocks read of a layout at one resolution.

    It depends on the layout alone, not on features. So a generator computes
    it once for each of its resolutions, in `PyramidGenerator.layout_levels`,
    and hands it to every block there. A dict, because Keras knows nests of
    tensors: an entry that no block reads is absent.

    `label_map`: integer tensor `(batch, height, width)`, or a soft label map
    `(batch, height, width, num_classes)`.

    `extra_map`: float tensor `(batch, height, width, channels)` that lies
    beside the labels, such as an edge map; or `(batch, channels)` for a map
    that is the same everywhere.

    `positions`: what `position_map` makes of the label map, float tensor
    `(batch, height, width, 2)`.

    `patches`: what `layout_patches` finds in labels and in what lies beside
    them. Layers that can then compute once for each different patch what they
    would compute at every pixel.

    `windows`: what `label_windows` makes of the label map for a kernel. Layers
    of that kernel then look labels up without finding them anew.

    `codes`: float tensor `(batch, num_classes, length)`, one vector a class, or
    `(batch, height, width, length)`, one a pixel: noise that says how a region
    looks.

    `condition`: features `(batch, height, width, channels)` that another
    network made of the layout. `coarsest`: the smallest of them, to be read as
    if it were enlarged to the size of `condition` by `resize_bilinear`, in
    front of its channels.

    `conv_vectors`, `norm_vectors`: semantic vectors `(batch, height, width,
    length)` that mix kernels, and scales and shifts.
    """

    label_map: Tensor
    extra_map: Tensor
    positions: Tensor
    patches: LayoutPatches
    windows: tuple[Tensor, ...]
    codes: Tensor
    condition: Tensor
    coarsest: Tensor
    conv_vectors: Tensor
    norm_vectors: Tensor


def layout_level(
    label_map: Tensor,
    extra_map: Tensor | None = None,
    height: int | Tensor | None = None,
    width: int | Tensor | None = None,
) -> LayoutLevel:
    """Brings labels, and what lies beside them, to one resolution.

    Args:
        label_map: Ids or a soft label map, of any size; see `LayoutLevel`.
        extra_map: What lies beside the labels, of any size, or `None`.
            Defaults to `None`.
        height: int or scalar int tensor. Rows of the result. Defaults to
            `None`: those of `label_map`, and so is `width`.
        width: int or scalar int tensor. Columns of the result.

    Returns:
        `LayoutLevel` of `label_map` and, if given, `extra_map`.
    """

    def resize(x):
        # A vector stands for a map of any size.
        if height is None or len(x.shape) == 2:
            return x
        return resize_label_map(x, height, width)

    level = LayoutLevel(label_map=resize(label_map))
    if extra_map is not None:
        level["extra_map"] = resize(extra_map)
    return level
