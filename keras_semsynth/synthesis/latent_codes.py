"""Drawing, mixing and editing what a generator takes as noise or style."""

import contextlib

import keras
import numpy as np


def seed_noise(shape: int | tuple[int, ...], seed: int) -> np.ndarray:
    """Draws the noise of a seed, the same on every backend.

    It is what a generator draws with the seed on TensorFlow, and what the
    graphs of an exported model draw.

    Args:
        shape: int, or tuple of int. `latent_shape` of the generator.
        seed: int.

    Returns:
        `float32` array of that shape, of the standard normal law.
    """
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        # It must not take the memory of the accelerator; in use, it may.
        with contextlib.suppress(RuntimeError):
            tf.config.set_visible_devices([], "GPU")
    with tf.device("CPU"):
        # As `keras.random.normal((1, *shape), seed=seed)` with TensorFlow.
        pair = [seed % (2**31 - 2), 0]
        shape = np.atleast_1d(shape)
        return tf.random.stateless_normal(shape, pair).numpy()


def sample_seed(seed: int, index: int) -> int:
    """Returns the seed of one sample of a pass over many.

    Args:
        seed: int. Seed of the pass.
        index: int. Number of the sample.

    Returns:
        int in `[0, 2**31 - 2)`.
    """
    return int(np.random.default_rng([seed, index]).integers(2**31 - 2))


def drawn_around(
    mean: np.ndarray, log_variance: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Draws style codes of encoded photographs (SPADE, figure 14).

    Args:
        mean: Float array `(..., size)`.
        log_variance: Float array `(..., size)`.
        noise: Float array `(..., size)`, of the standard normal law.

    Returns:
        `float32` array `(..., size)`.
    """
    return (mean + np.exp(0.5 * log_variance) * noise).astype("float32")


def between(first: np.ndarray, last: np.ndarray, share: float) -> np.ndarray:
    """Returns a code on the way from one code to another.

    Along the arc between their directions, with the lengths in between: the
    middle of two random codes then is as long as a random code.

    Args:
        first: Float array `(..., size)`.
        last: Float array of that shape.
        share: float in `[0, 1]`. `0` gives `first`.

    Returns:
        `float32` array of that shape.
    """
    lengths = [
        np.maximum(np.linalg.norm(code, axis=-1, keepdims=True), 1e-12)
        for code in (first, last)
    ]
    units = [code / n for code, n in zip((first, last), lengths, strict=True)]
    cosine = np.sum(units[0] * units[1], axis=-1, keepdims=True)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    # One direction, or no arc to choose.
    straight = np.sin(angle) < 1e-6
    direction = np.sin((1 - share) * angle) * units[0]
    direction = direction + np.sin(share * angle) * units[1]
    direction = direction / np.where(straight, 1, np.sin(angle))
    length = (1 - share) * lengths[0] + share * lengths[1]
    line = (1 - share) * first + share * last
    return np.where(straight, line, length * direction).astype("float32")


def spread(codes: np.ndarray, label_map: np.ndarray) -> np.ndarray:
    """Makes a noise map of the codes of classes.

    Args:
        codes: Float array `(num_classes, size)`.
        label_map: Integer array `(height, width)`, or class weights `(height,
            width, num_classes)`.

    Returns:
        `float32` array `(height, width, size)`.
    """
    if label_map.ndim == 3:
        return (label_map @ codes).astype("float32")
    return codes[label_map].astype("float32")


def replace_in_region(
    latent: np.ndarray, other: np.ndarray, region: np.ndarray
) -> np.ndarray:
    """Returns a noise map with other noise in one region.

    Args:
        latent: Float array `(size,)`, the noise outside, or `(height, width,
            size)`.
        other: The same, the noise inside.
        region: bool array `(height, width)`.

    Returns:
        `float32` array `(height, width, size)`.
    """
    return np.where(region[..., None], other, latent).astype("float32")
