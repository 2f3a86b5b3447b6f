from keras import KerasTensor
from keras import ops


def edge_map_in_graph(
    instance_map: KerasTensor, dtype: str = "float32"
) -> KerasTensor:
    """Marks the pixels whose instance id differs from a direct neighbour's.

    Both sides of a boundary are marked; the image border does not count. The
    same as `data.edge_map_from_instances`, for tensors inside a model.

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
