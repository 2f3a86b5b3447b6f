"""Drawing, mixing and editing what a generator takes as noise or style."""

import keras
import numpy as np


def draw_latent(size: int, seed: int) -> np.ndarray:
    """Draws the latent vector that a generator would draw with a seed.

    Args:
        size: int. `latent_size` of the generator.
        seed: int.

    Returns:
        `float32` array `(1, size)`.
    """
    noise = keras.random.normal((1, size), seed=seed)
    return keras.ops.convert_to_numpy(noise).astype("float32")


def drawn_around(
    mean: np.ndarray, log_variance: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Draws style codes of encoded photographs (SPADE, figure 14).

    Args:
        mean: Float array `(batch, size)`.
        log_variance: Float array `(batch, size)`.
        noise: Float array `(batch, size)`, of the standard normal law.

    Returns:
        `float32` array `(batch, size)`.
    """
    return (mean + np.exp(0.5 * log_variance) * noise).astype("float32")


def between(first: np.ndarray, last: np.ndarray, share: float) -> np.ndarray:
    """Returns a code on the way from one code to another.

    Along the arc between their directions, with the lengths in between: the
    middle of two random codes then is as long as a random code.

    Args:
        first: Float array `(1, size)`.
        last: Float array `(1, size)`.
        share: float in `[0, 1]`. `0` gives `first`.

    Returns:
        `float32` array `(1, size)`.
    """
    lengths = [max(np.linalg.norm(code), 1e-12) for code in (first, last)]
    units = [code / n for code, n in zip((first, last), lengths, strict=True)]
    angle = np.arccos(np.clip(np.sum(units[0] * units[1]), -1.0, 1.0))
    if np.sin(angle) < 1e-6:  # one direction, or no arc to choose
        return ((1 - share) * first + share * last).astype("float32")
    direction = np.sin((1 - share) * angle) * units[0]
    direction = (direction + np.sin(share * angle) * units[1]) / np.sin(angle)
    length = (1 - share) * lengths[0] + share * lengths[1]
    return (length * direction).astype("float32")


def replace_in_region(
    latent: np.ndarray, other: np.ndarray, region: np.ndarray
) -> np.ndarray:
    """Returns a noise map with other noise in one region.

    Args:
        latent: Float array `(1, size)`, the noise outside.
        other: Float array `(1, size)`, the noise inside.
        region: bool array `(height, width)`.

    Returns:
        `float32` array `(1, height, width, size)`.
    """
    inside = np.asarray(region, bool)[None, :, :, None]
    maps = [code[:, None, None, :] for code in (latent, other)]
    return np.where(inside, maps[1], maps[0]).astype("float32")
