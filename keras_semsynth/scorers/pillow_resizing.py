"""Resizing of images and of score maps with Pillow, as the papers' tools do.

Pillow widens its filter where it shrinks, which `keras.ops.image.resize` does
differently on every backend.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def resize_pixels(
    pixels: np.ndarray, size: Sequence[int], resampling: str
) -> np.ndarray:
    """Resizes images.

    Args:
        pixels: Array `(batch, height, width, 3)`: uint8, or float32 of 0 to
            255, which stays float and is not rounded.
        size: `(height, width)` of the result.
        resampling: str. `"nearest"`, `"bilinear"` or `"bicubic"`.

    Returns:
        Array `(batch, *size, 3)` of the dtype of `pixels`, 0 to 255.
    """
    if tuple(size) == pixels.shape[1:3]:
        return pixels
    if pixels.dtype != np.uint8:
        # Bicubic overshoots; 8-bit images are clipped by Pillow.
        return np.clip(resize_planes(pixels, size, resampling), 0, 255)
    height, width = size
    return np.stack(
        [
            np.asarray(
                Image.fromarray(image).resize(
                    (width, height), FILTERS[resampling]
                )
            )
            for image in pixels
        ]
    )


def resize_planes(
    maps: np.ndarray, size: Sequence[int], resampling: str
) -> np.ndarray:
    """Resizes every channel of float maps on its own, in float32.

    Args:
        maps: Array `(batch, height, width, channels)`.
        size: `(height, width)` of the result.
        resampling: str. `"nearest"`, `"bilinear"` or `"bicubic"`.

    Returns:
        float32 array `(batch, *size, channels)`.
    """
    maps = np.asarray(maps, "float32")
    if tuple(size) == maps.shape[1:3]:
        return maps
    height, width = size
    result = np.empty((len(maps), height, width, maps.shape[-1]), "float32")
    for i, j in np.ndindex(len(maps), maps.shape[-1]):
        plane = Image.fromarray(np.ascontiguousarray(maps[i, ..., j]))
        result[i, ..., j] = plane.resize((width, height), FILTERS[resampling])
    return result
