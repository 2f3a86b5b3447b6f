"""Roads and houses."""

import numpy as np

from keras_semsynth.data.landscapes.canvas import Canvas
from keras_semsynth.data.landscapes.canvas import mix
from keras_semsynth.data.landscapes.canvas import rgb
from keras_semsynth.data.landscapes.light import Light
from keras_semsynth.data.landscapes.noise import Texture

_WALLS = ((238, 230, 214), (226, 204, 160), (214, 160, 120), (240, 240, 238))
_ROOFS = ((164, 62, 44), (138, 54, 46), (190, 84, 52), (104, 58, 52))


def paint_road(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    horizon: float,
    top: np.ndarray,
) -> None:
    """An asphalt road with marks from the bottom towards the horizon."""
    start = random.uniform(0.3, 0.7) * canvas.extent
    end = random.uniform(0.2, 0.8) * canvas.extent
    bend = random.uniform(-0.35, 0.35)
    half = random.uniform(0.17, 0.27)
    near = np.clip((canvas.y - horizon) / (1 - horizon), 0, 1)
    # Perspective: the centre line is a smooth curve of the nearness.
    center = end + (start - end) * near + bend * np.sin(np.pi * near**0.7)
    width = half * near + 0.004
    across = (canvas.x - center) / width
    end_row = horizon + random.uniform(0.03, 0.07)
    mask = (np.abs(across) < 1) & (canvas.y > np.maximum(top + 0.01, end_row))
    rows, columns, y, x = canvas.pixels(mask)
    if not len(rows):
        return
    near, across = near[rows, 0], across[mask]
    far = 1 / np.clip(near, 0.03, 1)
    tar = Texture(random, 0.5)(across * 18, far * 40)
    wear = Texture(random, 1.4)(across * 5, far * 12)
    shade = 1 + 0.12 * tar + 0.1 * wear - 0.1 * np.abs(across) ** 4
    color = rgb(92, 92, 100) * shade[:, None]
    color = color * mix(np.ones(3), light.color, 0.7)
    mark = np.abs(np.abs(across) - 0.88) < 0.045
    dash = (np.abs(across) < 0.05) & ((far * 2.2) % 1 < 0.55)
    white = rgb(236, 234, 224) * light.color
    color = mix(color, white, 0.9 * (mark | dash))
    color = light.haze(color, 0.45 * np.exp(-near / 0.1))
    canvas.paint(rows, columns, "road", color)


def paint_house(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    x: float,
    foot: float,
    size: float,
) -> None:
    """A gabled house seen from a corner.

    Args:
        canvas: `Canvas`.
        random: NumPy generator.
        light: `Light`.
        x: float. Left end of the gable wall.
        foot: float. Ground line in picture heights.
        size: float. Height with roof in picture heights.
    """
    gable = size * random.uniform(0.5, 0.62)
    long = size * random.uniform(0.75, 1.25)
    wall = size * random.uniform(0.46, 0.56)
    mirror = random.random() < 0.5
    total = gable + long
    px = canvas.x - x
    if mirror:
        px = total - px
    # `up` is the height above the ground; both walls recede a little.
    up = foot - canvas.y
    tilt = 0.06 * np.clip(px - gable, 0, None)
    front = (px >= 0) & (px < gable)
    flank = (px >= gable) & (px < total)
    slope = (size - wall) / (gable / 2)
    rise = wall + slope * (gable / 2 - np.abs(px - gable / 2))
    front_wall = front & (up > 0) & (up < rise)
    flank_wall = flank & (up > tilt) & (up < wall - tilt * 0.5)
    # The roof of the flank leans towards the ridge above the gable.
    lean = (up - wall) / (size - wall)
    roof_left = gable / 2 + (gable / 2) * (1 - lean) - 0.02 * size
    roof_right = total + 0.05 * size - 0.32 * gable * lean
    roof = (lean > -0.09) & (lean < 1.0) & (px > roof_left) & (px < roof_right)
    edge = front & (up > rise - 0.02 * size) & (up < rise + 0.06 * size)
    edge &= px < gable
    chimney_x = gable / 2 + long * 0.55
    chimney = (np.abs(px - chimney_x) < 0.05 * size) & (
        (up > size * 0.85) & (up < size * 1.16)
    )
    ground = (
        (np.abs(up + 0.02 * size) < 0.05 * size)
        & (px > -0.15 * total)
        & (px < 1.15 * total)
    )
    canvas.image[ground] *= 0.66
    walls = rgb(*_WALLS[random.integers(len(_WALLS))]) * light.color
    tiles = rgb(*_ROOFS[random.integers(len(_ROOFS))]) * light.color
    # The side turned to the sun is the lit one.
    toward_front = (light.side < 0) != mirror
    front_shade, flank_shade = (1.0, 0.68) if toward_front else (0.68, 1.0)
    grain = Texture(random, 0.8)
    for mask, color, shade in (
        (chimney, rgb(150, 84, 66), 0.85),
        (front_wall, walls, front_shade),
        (flank_wall, walls, flank_shade),
        (roof, tiles, 0.75 + 0.35 * flank_shade),
        (edge, tiles, 0.6),
    ):
        rows, columns, y, xs = canvas.pixels(mask)
        noise = grain(xs * 25 / size, y * 45 / size)
        painted = color * (shade * (1 + 0.1 * noise))[:, None]
        if mask is roof:
            line = np.sin(up[rows, 0] * 50 / size)
            painted *= (1 + 0.08 * line)[:, None]
        canvas.paint(rows, columns, "house", painted)
    pane = rgb(52, 66, 92)
    _rectangles(
        canvas, px, up, gable * np.array([0.24, 0.72]), 0.085 * gable,
        wall * 0.62, wall * 0.2, pane, front_wall,
    )  # fmt: skip
    _rectangles(
        canvas, px, up, gable + long * np.array([0.22, 0.52, 0.82]),
        0.07 * long, wall * 0.56, wall * 0.2, pane, flank_wall,
    )  # fmt: skip
    _rectangles(
        canvas, px, up, [gable * 0.48], 0.09 * gable, wall * 0.22, wall * 0.22,
        rgb(104, 66, 42), front_wall,
    )  # fmt: skip


def _rectangles(canvas, px, up, centers, half_width, middle, half, color, on):
    tall = np.abs(up - middle) < half
    for center in centers:
        frame = (np.abs(px - center) < half_width * 1.4) & on
        frame &= np.abs(up - middle) < half * 1.2
        canvas.image[frame] = 0.94
        canvas.image[(np.abs(px - center) < half_width) & tall & on] = color
