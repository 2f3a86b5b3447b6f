"""The layers written once more in NumPy float64, straight from the equations.

Slow and plain on purpose: these are what the real layers are held against.
"""

import numpy as np


def convolution(x, kernel, strides=1, pad=0):
    """Cross-correlation with `pad` zero cells on every side.

    Args:
        x: Array `(batch, height, width, channels)`.
        kernel: Array `(rows, columns, channels, filters)`.
        strides: int. Defaults to `1`.
        pad: int. Defaults to `0`.
    """
    x = np.pad(np.float64(x), [[0, 0], [pad, pad], [pad, pad], [0, 0]])
    rows, columns, _, filters = kernel.shape
    height = (x.shape[1] - rows) // strides + 1
    width = (x.shape[2] - columns) // strides + 1
    result = np.zeros((len(x), height, width, filters))
    for y in range(height):
        for z in range(width):
            top, left = y * strides, z * strides
            patch = x[:, top : top + rows, left : left + columns]
            result[:, y, z] = np.tensordot(patch, np.float64(kernel), 3)
    return result


def convolution_kernel_gradient(x, cotangent, size, strides=1, pad=0):
    """Gradient of `sum(convolution(x, kernel) * cotangent)` for the kernel."""
    x = np.pad(np.float64(x), [[0, 0], [pad, pad], [pad, pad], [0, 0]])
    _, height, width, filters = cotangent.shape
    result = np.zeros((size, size, x.shape[-1], filters))
    for y in range(height):
        for z in range(width):
            top, left = y * strides, z * strides
            patch = x[:, top : top + size, left : left + size]
            result += np.einsum("bijc,bf->ijcf", patch, cotangent[:, y, z])
    return result


def transposed_convolution(x, kernel, strides, drop_first, drop_last):
    """Full transposed convolution, then rows and columns cut off.

    Args:
        x: Array `(batch, height, width, channels)`.
        kernel: Array `(rows, columns, filters, channels)`.
        strides: int.
        drop_first: int. Rows and columns cut off at the top and left.
        drop_last: int. Rows and columns cut off at the bottom and right.
    """
    batch, height, width, _ = x.shape
    rows, columns, filters, _ = kernel.shape
    full = np.zeros(
        (
            batch,
            (height - 1) * strides + rows,
            (width - 1) * strides + columns,
            filters,
        )
    )
    for y in range(height):
        for z in range(width):
            top, left = y * strides, z * strides
            full[:, top : top + rows, left : left + columns] += np.einsum(
                "bc,ijfc->bijf", np.float64(x[:, y, z]), np.float64(kernel)
            )
    last = slice(drop_first, -drop_last or None)
    return full[:, last, last]


def unit(vector):
    """Divides by the Euclidean norm, at least 1e-12."""
    return vector / max(np.sqrt(np.sum(vector**2)), 1e-12)


def power_iteration(matrix, left):
    """One step; `matrix` is `(outputs, inputs)`, `left` has `outputs`."""
    right = unit(matrix.T @ left)
    return unit(matrix @ right), right


def batch_norm(x, epsilon=1e-5):
    """Returns normalized `x`, batch mean, unbiased batch variance."""
    x = np.float64(x)
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes), x.var(axes)
    count = x.size // x.shape[-1]
    normalized = (x - mean) / np.sqrt(variance + epsilon)
    return normalized, mean, variance * count / (count - 1)


def instance_norm(x, epsilon=1e-5):
    """Normalizes every sample and channel over its pixels."""
    x = np.float64(x)
    mean = x.mean((1, 2), keepdims=True)
    variance = x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def nearest_indices(size_in, size_out):
    """The index rule of the official models, one index at a time."""
    scale = np.float32(size_in) / np.float32(size_out)
    return [
        min(int(np.floor(np.float32(i) * scale)), size_in - 1)
        for i in range(size_out)
    ]


def resize_nearest(x, height, width):
    """Picks rows and columns of `(batch, height, width, ...)` by the rule."""
    rows = nearest_indices(x.shape[1], height)
    columns = nearest_indices(x.shape[2], width)
    return x[:, rows][:, :, columns]


def leaky_relu(x):
    """Slope 0.2 below zero."""
    return np.where(x > 0, x, 0.2 * x)


def spade(normalized, one_hot, weights):
    """Eq. 1 of SPADE on an already normalized tensor.

    Args:
        normalized: Array `(batch, height, width, channels)`.
        one_hot: Array `(batch, H, W, num_classes + extra channels)`.
        weights: dict of arrays `shared`, `shared_bias`, `gamma`,
            `gamma_bias`, `beta`, `beta_bias`.
    """
    pad = weights["shared"].shape[0] // 2
    small = resize_nearest(one_hot, *normalized.shape[1:3])
    hidden = convolution(small, weights["shared"], pad=pad)
    hidden = np.maximum(hidden + weights["shared_bias"], 0)
    gamma = convolution(hidden, weights["gamma"], pad=pad)
    beta = convolution(hidden, weights["beta"], pad=pad)
    scale = 1 + gamma + weights["gamma_bias"]
    return normalized * scale + beta + weights["beta_bias"]
