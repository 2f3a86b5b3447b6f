"""Numbers as colours."""

import numpy as np
from PIL import Image
from PIL import ImageDraw

# From dark to bright; even steps of lightness.
_HOT = (
    (0, 0, 4),
    (61, 9, 101),
    (135, 33, 107),
    (212, 72, 66),
    (249, 142, 8),
    (250, 253, 160),
)
# Blue for real, red for fake.
_SIGNED = ((33, 102, 172), (146, 197, 222), (247, 247, 247), (244, 165, 130))
_SIGNED += ((178, 24, 43),)


def _paint(values, colors):
    places = np.linspace(0.0, 1.0, len(colors))
    colors = np.array(colors, "float64")
    values = np.clip(values, 0.0, 1.0)
    channels = [np.interp(values, places, colors[:, i]) for i in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype("uint8")


def hot(values: np.ndarray, high: float | None = None) -> np.ndarray:
    """Paints values from 0 (black) to `high` (yellow).

    Args:
        values: Float array `(height, width)`, not negative.
        high: float. Defaults to the 99.5th percentile: single pixels would
            darken all others.

    Returns:
        `uint8` array `(height, width, 3)`.
    """
    if high is None:
        high = np.percentile(values, 99.5)
    return _paint(values / max(high, 1e-30), _HOT)


def signed(values: np.ndarray, limit: float) -> np.ndarray:
    """Paints values from `-limit` (red) over 0 (white) to `limit` (blue).

    Args:
        values: Float array `(height, width)`.
        limit: float > 0.

    Returns:
        `uint8` array `(height, width, 3)`.
    """
    return _paint(0.5 - 0.5 * values / max(limit, 1e-30), _SIGNED)


def overlay(image: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Lets an image show where values are high; the rest is grey and dim.

    Args:
        image: `uint8` array `(height, width, 3)`.
        values: Float array `(h, w)`, not negative, enlarged to the image.

    Returns:
        `uint8` array `(height, width, 3)`.
    """
    height, width = image.shape[:2]
    high = max(float(values.max()), 1e-30)
    weight = Image.fromarray((values / high).astype("float32"))
    weight = weight.resize((width, height), Image.Resampling.BILINEAR)
    weight = np.clip(np.asarray(weight), 0.0, 1.0)[..., None]
    grey = image.mean(-1, keepdims=True) * 0.5
    mixed = (1.0 - 0.75 * weight) * grey + 0.75 * weight * hot(
        weight[..., 0], 1.0
    )
    return np.rint(mixed).astype("uint8")


def enlarge(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Repeats pixels up to about a size.

    Args:
        image: `uint8` array `(height, width, 3)`.
        size: `(height, width)` in pixels.

    Returns:
        `uint8` array of that size.
    """
    resized = Image.fromarray(image).resize(
        tuple(size)[::-1], Image.Resampling.NEAREST
    )
    return np.asarray(resized)


def mark(image: np.ndarray, row: int, column: int, factor: int) -> np.ndarray:
    """Enlarges an image and rings one of its pixels.

    Args:
        image: `uint8` array `(height, width, 3)`.
        row: int.
        column: int.
        factor: int. Every pixel becomes `factor x factor`.

    Returns:
        `uint8` array `(factor * height, factor * width, 3)`.
    """
    height, width = image.shape[:2]
    picture = Image.fromarray(enlarge(image, (factor * height, factor * width)))
    pen = ImageDraw.Draw(picture)
    x, y = (factor * (place + 0.5) for place in (column, row))
    for radius, color in ((7, "black"), (6, "white"), (4, "black")):
        box = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(box, outline=color)
    return np.asarray(picture)
