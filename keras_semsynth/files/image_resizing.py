"""Resizing of images."""

import numpy as np
from PIL import Image


def resize_image(
    image: Image.Image, size: tuple[int, int], resample: Image.Resampling
) -> Image.Image:
    """Resizes an image to the same bytes with every version of Pillow.

    A filter works on one axis, rounds to 8 bits, and works on the other.
    Before version 13 Pillow always changed the width first; since then it
    changes the height first where that shrinks by more than twice as many
    pixels as the width. That is the rule here.

    Args:
        image: `PIL.Image`.
        size: `(height, width)` in pixels.
        resample: `PIL.Image.Resampling`.

    Returns:
        `PIL.Image` of that size.
    """
    height, width = size
    shrinks = image.height - height
    if shrinks > 0 and shrinks > 2 * (image.width - width):
        image = image.resize((image.width, height), resample)
    else:
        image = image.resize((width, image.height), resample)
    return image.resize((width, height), resample)


def resize_floats(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resizes a float image by the bicubic rule, without rounding.

    Args:
        image: `float32` array `(height, width, channels)` in `[-1, 1]`. Of
            that size already, it stays as it is.
        size: `(height, width)` in pixels.

    Returns:
        `float32` array `(*size, channels)` in `[-1, 1]`.
    """
    if image.shape[:2] == tuple(size):
        return image
    bicubic = Image.Resampling.BICUBIC
    planes = [
        resize_image(
            Image.fromarray(np.ascontiguousarray(plane)), size, bicubic
        )
        for plane in np.moveaxis(image, -1, 0)
    ]
    # Bicubic overshoots.
    return np.clip(np.stack(planes, axis=-1), -1, 1)
