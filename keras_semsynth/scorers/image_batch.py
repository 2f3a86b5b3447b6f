"""Images on their way into a scorer, in NumPy, and the way out."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_semsynth import backend

# How many images go through a network at once unless the caller says.
BATCH_SIZE = 16


def check_images(images: np.ndarray) -> np.ndarray:
    """Checks what the scorers take as images.

    Args:
        images: NumPy array `(batch, height, width, 3)`, RGB: `uint8` 0 to 255,
            or floats in `[-1, 1]`, a generator output never quantised.

    Returns:
        The array; floats as `float32`.

    Raises:
        ValueError: If shape, dtype or values are others.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] != 3 or 0 in images.shape:
        raise ValueError(
            "`images` must be `(batch, height, width, 3)`, RGB, with one "
            f"image at least. Received: shape {images.shape}."
        )
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            "`images` must be uint8 of 0 to 255 or floats in [-1, 1]. "
            f"Received: dtype {images.dtype}."
        )
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            "`images` hold NaN or infinite values: the generator that made "
            "them has diverged."
        )
    # A little room: some generators end without a saturating activation.
    if low < -1.5 or high > 1.5:
        raise ValueError(
            "Float `images` must be in [-1, 1]; pass images of 0 to 255 as "
            f"uint8. Received: values from {low} to {high}."
        )
    return images.astype("float32", copy=False)


def pixels(images: np.ndarray) -> np.ndarray:
    """Gives checked images as `float32` of 0 to 255, nothing rounded."""
    images = check_images(images)
    if images.dtype == np.uint8:
        return images.astype("float32")
    return (images + np.float32(1)) / np.float32(2) * np.float32(255)


def unit(images: np.ndarray) -> np.ndarray:
    """Gives checked images as `float32` of 0 to 1."""
    images = check_images(images)
    if images.dtype == np.uint8:
        return images.astype("float32") / np.float32(255)
    return (images + np.float32(1)) / np.float32(2)


def symmetric(images: np.ndarray) -> np.ndarray:
    """Gives checked images as `float32` of -1 to 1."""
    images = check_images(images)
    if images.dtype == np.uint8:
        return images.astype("float32") / np.float32(127.5) - np.float32(1)
    return images


def forward(
    network: keras.Model, inputs: Any, batch_size: int = BATCH_SIZE
) -> Any:
    """Runs a frozen network over many inputs, compiled, in full float32.

    Args:
        network: Built `keras.Model`.
        inputs: Array, or nest of arrays, with the batch first; as `call` takes
            it.
        batch_size: int. Inputs that go through at once; the last piece is
            filled up, so that one shape is compiled. Defaults to `16`.

    Returns:
        What `call` returns, as NumPy arrays over all inputs.
    """
    # TensorFlow's convolutions are faster without XLA, PyTorch has none.
    network.jit_compile = keras.backend.backend() == "jax"
    count = len(keras.tree.flatten(inputs)[0])
    outputs = []
    with backend.exact_float32():
        for start in range(0, count, batch_size):
            rows = np.arange(start, start + min(batch_size, count))
            # The last image fills a last piece up.
            rows = np.minimum(rows, count - 1)
            piece = keras.tree.map_structure(lambda x, r=rows: x[r], inputs)
            kept = min(batch_size, count - start)
            outputs.append(
                keras.tree.map_structure(
                    lambda x, n=kept: ops.convert_to_numpy(x)[:n],
                    network.predict_on_batch(piece),
                )
            )
    return keras.tree.map_structure(
        lambda *parts: np.concatenate(parts), *outputs
    )
