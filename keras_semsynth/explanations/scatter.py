"""Points in the plane as a picture."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

SIDE = 640
MARGIN = 16
RADIUS = 3
LINE = 20


def draw_scatter(
    points: np.ndarray,
    classes: np.ndarray,
    names: Sequence[str],
    palette: np.ndarray,
) -> np.ndarray:
    """Draws points in the colours of their classes, and a legend.

    Args:
        points: Float array `(count, 2)`.
        classes: Integer array `(count,)`.
        names: Sequence of str, the names of all classes.
        palette: `uint8` array `(len(names), 3)`.

    Returns:
        `uint8` array `(height, width, 3)`.
    """
    low, high = points.min(0), points.max(0)
    scale = (SIDE - 2 * MARGIN) / max(float((high - low).max()), 1e-12)
    places = (points - (low + high) / 2) * scale + SIDE / 2
    shown = [c for c in range(len(names)) if np.any(classes == c)]
    font = ImageFont.load_default(size=13)
    width = max(font.getlength(names[c]) for c in shown)
    height = max(SIDE, LINE * len(shown) + 2 * MARGIN)
    picture = Image.new("RGB", (round(SIDE + 24 + width) + MARGIN, height))
    picture.paste("white", (0, 0, *picture.size))
    pen = ImageDraw.Draw(picture)
    # In random order, so that no class hides the others.
    for i in np.random.default_rng(0).permutation(len(places)):
        _dot(pen, places[i], palette[classes[i]])
    for line, c in enumerate(shown):
        y = MARGIN + LINE * line
        _dot(pen, (SIDE + 8, y), palette[c], 2 * RADIUS)
        pen.text((SIDE + 24, y), names[c], fill="black", font=font, anchor="lm")
    return np.asarray(picture)


def _dot(pen, place, color, radius=RADIUS):
    x, y = place
    pen.ellipse(
        (x - radius, y - radius, x + radius, y + radius),
        fill=tuple(int(level) for level in color),
        outline=(90, 90, 90),
    )
