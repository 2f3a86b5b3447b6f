"""How an image becomes the 299 by 299 input of Inception v3.

Three rules are in use, and scores of different rules cannot be compared. All
are NumPy and Pillow, so that every backend scores the same pixels.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from keras_semsynth.scorers.image_batch import pixels
from keras_semsynth.scorers.image_batch import unit

SIDE = 299
# Name -> what a report says about it.
RULES = {
    "torch": (
        "bilinear, half-pixel centres, no antialias, of values 0 to 1; then "
        "2x - 1 (pytorch-fid)"
    ),
    "tf1": (
        "bilinear of TensorFlow 1, no half-pixel shift, no antialias, of "
        "values 0 to 255; then (x - 128) / 128 (TTUR, torch-fidelity)"
    ),
    "clean": (
        "Pillow bicubic in float, clipped to 0 to 255; then (x - 128) / 128 "
        "(clean-fid)"
    ),
    "none": "not resized; values -1 to 1",
}


def check_rule(resize: str) -> str:
    """Checks the name of a rule and returns it.

    Args:
        resize: str. `"torch"`, `"tf1"`, `"clean"` or `"none"`.

    Raises:
        ValueError: If there is no such rule.
    """
    if resize not in RULES:
        raise ValueError(
            f"`resize` must be one of {list(RULES)}. "
            f"Received: resize={resize!r}."
        )
    return resize


def inception_input(
    images: np.ndarray | Sequence[np.ndarray], resize: str = "torch"
) -> np.ndarray:
    """Brings images to the size and range of Inception v3.

    Args:
        images: NumPy array `(batch, height, width, 3)`, RGB: `uint8` 0 to 255
            or floats in `[-1, 1]`; or a list of arrays `(height, width, 3)` of
            different sizes.
        resize: str. `"torch"`: what pytorch-fid does, and with it the papers.
            `"tf1"`: what the original TensorFlow 1 code does. `"clean"`: what
            clean-fid does. `"none"`: no resizing, as the PyTorch script for
            the Inception Score. Defaults to `"torch"`.

    Returns:
        `float32` array `(batch, 299, 299, 3)`, about -1 to 1.

    Raises:
        ValueError: If `images` or `resize` are none of these.

    Reference:
        - [On Aliased Resizing, CVPR 2022](https://arxiv.org/abs/2104.11222)
    """
    prepare = _PREPARE[check_rule(resize)]
    if isinstance(images, (list, tuple)):
        if not images:
            raise ValueError("`images` must hold one image at least.")
        return np.concatenate([prepare(np.asarray(x)[None]) for x in images])
    return prepare(images)


def resized(images: np.ndarray, resize: str = "torch") -> np.ndarray:
    """Resizes only; values as the rule has them before its last step.

    Args:
        images: As `inception_input`, no list.
        resize: str. `"torch"`, `"tf1"` or `"clean"`. Defaults to `"torch"`.

    Returns:
        `float32` array `(batch, 299, 299, 3)`, 0 to 1 for `"torch"`, 0 to 255
        for the others.
    """
    if resize == "torch":
        return _bilinear(unit(images), _half_pixel)
    if resize == "tf1":
        return _bilinear(pixels(images), _corner)
    return np.stack([_bicubic(image) for image in pixels(images)])


def _symmetric(images):
    return np.float32(2) * resized(images, "torch") - np.float32(1)


def _over_128(images, resize):
    return (resized(images, resize) - np.float32(128)) / np.float32(128)


_PREPARE = {
    "torch": _symmetric,
    "tf1": lambda images: _over_128(images, "tf1"),
    "clean": lambda images: _over_128(images, "clean"),
    "none": lambda images: np.float32(2) * unit(images) - np.float32(1),
}


def _half_pixel(size):
    scale = np.float32(size) / np.float32(SIDE)
    half = np.float32(0.5)
    return np.maximum((np.arange(SIDE, dtype="f4") + half) * scale - half, 0)


def _corner(size):
    scale = np.float32(size) / np.float32(SIDE)
    return np.arange(SIDE, dtype="f4") * scale


def _bilinear(images, positions):
    """Interpolates between two neighbours along the width, then the height."""
    for axis in (2, 1):
        size = images.shape[axis]
        place = positions(size)
        lower = np.minimum(place.astype("int64"), size - 1)
        upper = np.minimum(lower + 1, size - 1)
        shape = [1, 1, 1, 1]
        shape[axis] = SIDE
        weight = (place - lower).astype("float32").reshape(shape)
        below = np.take(images, lower, axis)
        images = below + (np.take(images, upper, axis) - below) * weight
    return images


def _bicubic(image):
    channels = [
        np.asarray(
            # From float32: Pillow's mode "F", which rounds nothing.
            Image.fromarray(image[..., channel]).resize(
                (SIDE, SIDE), Image.Resampling.BICUBIC
            )
        )
        for channel in range(3)
    ]
    return np.clip(np.stack(channels, axis=-1), 0, 255)
