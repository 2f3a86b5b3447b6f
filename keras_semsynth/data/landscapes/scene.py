"""Composes a landscape from its parts."""

import numpy as np

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

# Chances of each part by kind of scene.
KINDS = {
    "lake": dict(mountains=0.9, forest=0.8, water="lake", road=0.1, house=0.5),
    "coast": dict(mountains=0.4, forest=0.3, water="sea", road=0.1, house=0.4),
    "country": dict(mountains=0.5, forest=0.7, water="", road=0.85, house=0.8),
    "desert": dict(mountains=0.8, forest=0.0, water="", road=0.45, house=0.15),
    "woodland": dict(mountains=0.4, forest=1.0, water="river", road=0.3,
                     house=0.35),
}  # fmt: skip


def draw_scene(
    random: np.random.Generator, height: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draws a landscape.

    Args:
        random: NumPy generator; it decides everything.
        height: int. Pixels.
        width: int. Pixels.

    Returns:
        Tuple of a uint8 image `(height, width, 3)` and a uint8 label map
        `(height, width)`.
    """
    # Twice the resolution, averaged, gives small pictures soft edges.
    factor = 2 if max(height, width) <= 160 else 1
    canvas = Canvas(height * factor, width * factor)
    _compose(canvas, random)
    # A camera's tone curve and sensor noise.
    image = np.clip(canvas.image, 0, 1)
    image = image.reshape(height, factor, width, factor, 3).mean(axis=(1, 3))
    image += random.standard_normal(image.shape, "float32") * 0.008
    image = np.rint(np.clip(image, 0, 1) * 255).astype("uint8")
    return image, canvas.label_map[::factor, ::factor].copy()


def _compose(canvas, random):
    kind = list(KINDS)[
        random.choice(len(KINDS), p=(0.26, 0.2, 0.26, 0.1, 0.18))
    ]
    chance = KINDS[kind]
    extent, width = canvas.extent, canvas.shape[1]
    horizon = random.uniform(0.36, 0.56)
    light = Light.draw(random, extent, horizon)
    paint_sky(canvas, light, horizon)
    paint_clouds(canvas, random, light, horizon)
    if random.random() < chance["mountains"]:
        if random.random() < 0.6:
            tall = random.uniform(0.12, 0.24)
            paint_mountains(canvas, random, light, horizon, tall, 0.5)
        tall = random.uniform(0.1, 0.3)
        paint_mountains(canvas, random, light, horizon, tall, 0.15)
    water = chance["water"]
    hills = 0.0 if water == "sea" else random.uniform(0.005, 0.05)
    rolling = fractal_lines(random, width, extent, 1.6, 3, 0.4)
    top = horizon - hills * (1 + rolling)
    if water != "sea" and random.random() < chance["forest"]:
        tall = random.uniform(0.07, 0.16)
        gap = fractal_lines(random, width, extent, 1.2, 2)
        base = np.where(gap > -0.45, top + 0.3 * tall, -1)
        paint_forest(canvas, random, light, base, tall, 0.16)
    _paint_ground(canvas, random, light, kind, top, horizon)
    _paint_waters(canvas, random, light, water, horizon)
    if kind in ("country", "woodland", "lake") and random.random() < 0.5:
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


def _paint_waters(canvas, random, light, water, horizon):
    if not water:
        return
    extent, y, x = canvas.extent, canvas.y, canvas.x
    noise = fractal_field(random, canvas.shape, extent, (4, 3), 4, 0.5)
    near = np.clip((y - horizon) / (1 - horizon), 0, 1)
    if water == "sea":
        # Shore line with a slope: sea behind, land in front.
        middle = random.uniform(0.35, 0.95)
        slope = random.uniform(-0.7, 0.7)
        field = middle - near + slope * (x / extent - 0.5) + 0.12 * noise
        field = np.where(y >= horizon, field, -9)
        shore = random.uniform(0.08, 0.35)
    elif water == "lake":
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
    extent = canvas.extent
    foot = horizon + random.uniform(0.05, 0.16)
    reach = random.uniform(0.2, 0.45) * extent
    inside = canvas.x[0] < reach
    if random.random() < 0.5:
        inside = inside[::-1]
    lines = fractal_lines(random, canvas.shape[1], extent, 2, 3)
    base = np.where(inside, foot + 0.02 * lines, -1).astype("float32")
    paint_forest(canvas, random, light, base, random.uniform(0.1, 0.2), 0.05)


def _paint_houses(canvas, random, light, horizon):
    feet = np.sort(random.uniform(0.06, 0.24, random.integers(1, 4)))
    for foot in feet:
        size = 0.13 + 0.75 * foot * random.uniform(0.85, 1.15)
        x = random.uniform(0.0, 0.8) * canvas.extent
        paint_house(canvas, random, light, x, horizon + foot, size)


def _paint_single_trees(canvas, random, light, horizon):
    feet = np.sort(random.uniform(0.08, 0.36, random.integers(0, 4)))
    for foot in feet:
        x = random.uniform(-0.02, 1.02) * canvas.extent
        row = int((horizon + foot) * canvas.shape[0])
        column = int(np.clip(x / canvas.extent, 0, 0.999) * canvas.shape[1])
        tall = 0.1 + 0.9 * foot * random.uniform(0.7, 1.2)
        # Trees grow on land only.
        if row < canvas.shape[0] and canvas.label_map[row, column] == 5:
            paint_tree(canvas, random, light, x, horizon + foot, tall)
