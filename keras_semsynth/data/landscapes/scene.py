"""Composes a landscape from its parts."""

import numpy as np

from keras_semsynth.data.landscapes.canvas import IDS
from keras_semsynth.data.landscapes.canvas import Canvas
from keras_semsynth.data.landscapes.light import Light
from keras_semsynth.data.landscapes.noise import fractal_field
from keras_semsynth.data.landscapes.noise import fractal_lines
from keras_semsynth.data.landscapes.sky import paint_clouds
from keras_semsynth.data.landscapes.sky import paint_sky
from keras_semsynth.data.landscapes.structures import paint_house
from keras_semsynth.data.landscapes.structures import paint_road
from keras_semsynth.data.landscapes.terrain import paint_forest
from keras_semsynth.data.landscapes.terrain import paint_meadow
from keras_semsynth.data.landscapes.terrain import paint_mountains
from keras_semsynth.data.landscapes.terrain import paint_sand
from keras_semsynth.data.landscapes.terrain import paint_tree
from keras_semsynth.data.landscapes.water import paint_water

# Chances of each part by kind of scene, and of the kinds.
KINDS = {
    "lake": {"mountains": 0.9, "forest": 0.8, "road": 0.0, "house": 0.6},
    "coast": {"mountains": 0.5, "forest": 0.0, "road": 0.0, "house": 0.6},
    "country": {"mountains": 0.5, "forest": 0.7, "road": 0.85, "house": 0.8},
    "desert": {"mountains": 0.85, "forest": 0.0, "road": 0.6, "house": 0.25},
    "river": {"mountains": 0.5, "forest": 0.9, "road": 0.0, "house": 0.6},
    "woodland": {"mountains": 0.4, "forest": 1.0, "road": 0.7, "house": 0.4},
}
_ODDS = (0.22, 0.18, 0.24, 0.12, 0.12, 0.12)


def draw_scene(
    random: np.random.Generator,
    height: int,
    width: int,
    time: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws a landscape.

    Args:
        random: NumPy generator; it decides everything.
        height: int. Pixels.
        width: int. Pixels.
        time: str or `None`. One of `light.TIMES`, or any. Defaults to `None`.

    Returns:
        Tuple of a uint8 image `(height, width, 3)` and a uint8 label map
        `(height, width)`.
    """
    # Twice the resolution, averaged, gives small pictures soft edges.
    factor = 2 if max(height, width) <= 160 else 1
    canvas = Canvas(height * factor, width * factor)
    _compose(canvas, random, time)
    # A camera's tone curve and sensor noise.
    image = np.clip(canvas.image, 0, 1)
    image = image.reshape(height, factor, width, factor, 3).mean(axis=(1, 3))
    image += random.standard_normal(image.shape, "float32") * 0.008
    image = np.rint(np.clip(image, 0, 1) * 255).astype("uint8")
    return image, canvas.label_map[::factor, ::factor].copy()


def _compose(canvas, random, time):
    kind = list(KINDS)[random.choice(len(KINDS), p=_ODDS)]
    chance = KINDS[kind]
    extent, width = canvas.extent, canvas.shape[1]
    horizon = random.uniform(0.36, 0.56)
    light = Light.draw(random, extent, horizon, time)
    paint_sky(canvas, light, horizon)
    paint_clouds(canvas, random, light, horizon)
    if random.random() < chance["mountains"]:
        if random.random() < 0.6:
            tall = random.uniform(0.12, 0.24)
            paint_mountains(canvas, random, light, horizon, tall, 0.5)
        tall = random.uniform(0.1, 0.3)
        paint_mountains(canvas, random, light, horizon, tall, 0.15)
    hills = 0.0 if kind == "coast" else random.uniform(0.005, 0.05)
    rolling = fractal_lines(random, width, extent, 1.6, 3, 0.4)
    top = horizon - hills * (1 + rolling)
    if random.random() < chance["forest"]:
        tall = random.uniform(0.07, 0.16)
        gaps = fractal_lines(random, width, extent, 1.2, 2)
        cover = np.clip((gaps + 0.75) / 0.4, 0, 1)
        paint_forest(canvas, random, light, top + 0.3 * tall, cover, tall, 0.16)
    _paint_ground(canvas, random, light, kind, top, horizon)
    _paint_waters(canvas, random, light, kind, horizon)
    if kind not in ("coast", "desert") and random.random() < 0.5:
        _paint_grove(canvas, random, light, horizon)
    if random.random() < chance["road"]:
        paint_road(canvas, random, light, horizon, top)
    if random.random() < chance["house"]:
        _paint_houses(canvas, random, light, horizon)
    if kind != "desert":
        _paint_single_trees(canvas, random, light, horizon)


def _paint_ground(canvas, random, light, kind, top, horizon):
    if kind == "desert":
        paint_sand(canvas, random, light, canvas.y >= top, horizon, dunes=True)
        return
    paint_meadow(canvas, random, light, top, horizon)
    if random.random() < 0.5:
        # A nearer hill with its own crest.
        lines = fractal_lines(
            random, canvas.shape[1], canvas.extent, 1.2, 3, 0.4
        )
        crest = horizon + random.uniform(0.08, 0.2) + 0.06 * lines
        paint_meadow(canvas, random, light, crest, horizon)


def _paint_waters(canvas, random, light, kind, horizon):
    if kind not in ("lake", "coast", "river"):
        return
    extent, y, x = canvas.extent, canvas.y, canvas.x
    noise = fractal_field(random, canvas.shape, extent, (4, 3), 4, 0.5)
    near = np.clip((y - horizon) / (1 - horizon), 0, 1)
    if kind == "coast":
        # Shore line with a slope: sea behind, land in front.
        middle = random.uniform(0.35, 0.95)
        slope = random.uniform(-0.7, 0.7)
        field = middle - near + slope * (x / extent - 0.5) + 0.12 * noise
        field = np.where(y >= horizon, field, -9)
        shore = random.uniform(0.08, 0.35)
    elif kind == "lake":
        center_x = random.uniform(0.2, 0.8) * extent
        center = random.uniform(0.2, 0.6)
        wide, high = random.uniform(0.4, 0.8), random.uniform(0.18, 0.42)
        far = np.hypot((x - center_x) / wide, (near - center) / high)
        field = 1 - far + 0.22 * noise
        field = np.where(y >= horizon + 0.015, field, -9)
        shore = random.uniform(0.0, 0.28)
    else:
        start = random.uniform(0.1, 0.9) * extent
        end = random.uniform(0.25, 0.75) * extent
        bend = random.uniform(0.1, 0.35) * random.choice([-1, 1])
        center = end + (start - end) * near + bend * np.sin(5 * near**0.6)
        half = random.uniform(0.16, 0.34) * near + 0.02
        field = 1 - np.abs(x - center) / half + 0.25 * noise
        field = np.where(y >= horizon + 0.02, field, -9)
        shore = random.uniform(0.0, 0.4)
    if shore > 0.05:
        paint_sand(canvas, random, light, field > -shore, horizon)
    paint_water(canvas, random, light, field > 0, horizon)


def _paint_grove(canvas, random, light, horizon):
    # A wood on one side of the middle ground.
    foot = horizon + random.uniform(0.05, 0.16)
    reach = random.uniform(0.2, 0.45) * canvas.extent
    distance = canvas.x[0] if random.random() < 0.5 else canvas.x[0, ::-1]
    cover = np.clip((reach - distance) / 0.12, 0, 1)
    lines = fractal_lines(random, canvas.shape[1], canvas.extent, 2, 3)
    base = foot + 0.02 * lines
    tall = random.uniform(0.1, 0.2)
    if _on_land(canvas, foot, np.flatnonzero(cover > 0)):
        paint_forest(canvas, random, light, base, cover, tall, 0.05)


def _paint_houses(canvas, random, light, horizon):
    feet = np.sort(random.uniform(0.06, 0.24, random.integers(1, 4)))
    for foot in feet:
        size = 0.13 + 0.75 * foot * random.uniform(0.85, 1.15)
        # A few tries to find a place that is neither water nor road.
        for x in random.uniform(-0.05, 0.85, 6) * canvas.extent:
            left, right = (x, x + 1.5 * size) / np.array(canvas.extent)
            columns = np.arange(canvas.shape[1]) / canvas.shape[1]
            columns = np.flatnonzero((columns > left) & (columns < right))
            if _on_land(canvas, horizon + foot, columns):
                paint_house(canvas, random, light, x, horizon + foot, size)
                break


def _paint_single_trees(canvas, random, light, horizon):
    feet = np.sort(random.uniform(0.08, 0.36, random.integers(0, 4)))
    for foot in feet:
        x = random.uniform(-0.02, 1.02) * canvas.extent
        column = int(np.clip(x / canvas.extent, 0, 0.999) * canvas.shape[1])
        tall = 0.1 + 0.9 * foot * random.uniform(0.7, 1.2)
        if _on_land(canvas, horizon + foot, np.array([column])):
            paint_tree(canvas, random, light, x, horizon + foot, tall)


def _on_land(canvas, y, columns):
    """Whether the ground at a height is nothing but meadow or sand."""
    row = int(y * canvas.shape[0])
    if row >= canvas.shape[0]:
        return False
    ground = canvas.label_map[row, columns]
    return bool(np.isin(ground, (IDS["meadow"], IDS["sand"])).all())
