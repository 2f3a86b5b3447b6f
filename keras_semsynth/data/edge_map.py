"""Boundaries between instances, as the network sees them."""

import numpy as np


def edge_map_from_instances(instance_map: np.ndarray) -> np.ndarray:
    """Marks pixels whose instance differs from a direct neighbour.

    Both sides of a boundary are marked; the border of the image is not a
    boundary.

    Args:
        instance_map: Integer array `(..., height, width)`.

    Returns:
        float32 array `(..., height, width, 1)` of zeros and ones.
    """
    instance_map = np.asarray(instance_map)
    if instance_map.ndim < 2:
        raise ValueError(
            "`instance_map` must have shape (..., height, width). "
            f"Received shape {instance_map.shape}."
        )
    edges = np.zeros(instance_map.shape, "float32")
    rows = instance_map[..., 1:, :] != instance_map[..., :-1, :]
    columns = instance_map[..., :, 1:] != instance_map[..., :, :-1]
    edges[..., 1:, :][rows] = 1
    edges[..., :-1, :][rows] = 1
    edges[..., :, 1:][columns] = 1
    edges[..., :, :-1][columns] = 1
    return edges[..., None]
