"""Mountains, forest, meadow and sand."""

import numpy as np

from keras_semsynth.data.landscapes.canvas import Canvas
from keras_semsynth.data.landscapes.canvas import mix
from keras_semsynth.data.landscapes.canvas import rgb
from keras_semsynth.data.landscapes.light import Light
from keras_semsynth.data.landscapes.noise import Texture
from keras_semsynth.data.landscapes.noise import fractal_field
from keras_semsynth.data.landscapes.noise import fractal_lines


def paint_mountains(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    base: float,
    tallest: float,
    haze: float,
) -> None:
    """A range of peaks with a lit and a shadow face each, maybe with snow.

    Args:
        canvas: `Canvas`.
        random: NumPy generator.
        light: `Light`.
        base: float. Height of the foot in the picture.
        tallest: float. Rise of the highest peak in picture heights.
        haze: float in `[0, 1]`. Distance.
    """
    extent = canvas.extent
    count = max(2, round(extent * random.uniform(1.8, 3.6)))
    centers = (np.arange(count) + random.uniform(-0.35, 0.35, count)) / (
        count - 1
    )
    rise = tallest * random.uniform(0.35, 1.0, count)
    rise[random.integers(count)] = tallest
    slope = random.uniform(0.7, 1.25, count)
    wiggle = fractal_field(random, canvas.shape, extent, (6, 6), 4, 0.5)
    rough = fractal_lines(random, canvas.shape[1], extent, 7, 5, 0.55)
    heights, faces = [], []
    for x, peak, steep in zip(centers * extent, rise, slope, strict=True):
        # The crest line of each peak runs down in a zigzag.
        crest = canvas.x - x - 0.05 * wiggle - 0.12 * (canvas.y - base + peak)
        heights.append(peak - steep * np.abs(canvas.x - x) * 0.62)
        faces.append(crest)
    ridge = np.max([h[0] for h in heights], axis=0)
    ridge = np.maximum(ridge, 0.16 * tallest)
    ridge = ridge + 0.14 * tallest * rough
    owner = np.argmax([h[0] for h in heights], axis=0)
    top = base - ridge
    mask = (canvas.y >= top) & (canvas.y <= base + 0.03)
    rows, columns, y, x = canvas.pixels(mask)
    face = np.stack(faces)[owner[columns], rows, columns]
    lit = 0.5 + 0.5 * np.tanh(light.side * face / 0.03)
    rock = Texture(random, 1.3)(x * 120 + y * 40, y * 60 - x * 50)
    grain = Texture(random, 0.7)(x * 170, y * 170)
    tone = mix(rgb(126, 116, 112), rgb(112, 106, 124), random.random())
    color = tone * (0.62 + 0.62 * lit + 0.28 * rock + 0.1 * grain)[:, None]
    color *= mix(rgb(206, 214, 255), light.color, lit)
    # Snow lies above a line that follows the rock.
    line = base - tallest * random.uniform(0.35, 0.8) + 0.05 * rock
    if tallest > 0.2 and random.random() < 0.7:
        snow = 1 / (1 + np.exp(np.clip((y - line) / 0.012, -30, 30)))
        white = mix(rgb(170, 188, 222), rgb(252, 252, 255) * light.color, lit)
        color = mix(color, white, snow * (0.75 + 0.25 * rock))
    depth = np.clip((y - top[columns]) / (tallest + 1e-6), 0, 1)
    color = light.haze(color, haze + 0.35 * depth * haze + 0.12 * depth)
    canvas.paint(rows, columns, "mountain", color)


def paint_meadow(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    top: np.ndarray,
    horizon: float,
) -> None:
    """Grass from a contour `top` (one value a column) to the bottom."""
    rows, columns, y, x = canvas.pixels(canvas.y >= top)
    near = _nearness(y, min(horizon, float(np.min(top))))
    far = 1 / near
    u, v = (x - canvas.extent / 2) * far, far
    patches = Texture(random, 1.5)(u * 12, v * 9)
    tufts = Texture(random, 0.8)(u * 60, v * 55)
    blades = Texture(random, 0.4)(x * 130, y * 60 + far * 8)
    dry = random.uniform(0, 0.55)
    green = mix(rgb(106, 158, 48), rgb(158, 166, 74), dry)
    young = mix(rgb(150, 190, 74), rgb(196, 186, 104), dry)
    color = mix(green, young, 0.5 + 0.7 * patches)
    # A hill is brighter at its crest, and grass shows blades up close.
    crest = np.exp(-(y - top[columns]) / 0.06)
    shade = 0.88 + 0.22 * crest + (0.2 * tufts + 0.16 * blades) * near**0.3
    color *= shade[:, None] * light.color
    if random.random() < 0.45:
        flower = Texture(random, 0.0)(u * 55, v * 70)
        patch = Texture(random, 1.5)(u * 9, v * 9) > 0.05
        spots = (flower > 0.62) & patch & (near > 0.12)
        tints = [
            (250, 246, 236),
            (252, 222, 70),
            (226, 84, 78),
            (190, 120, 210),
        ]
        color[spots] = rgb(*tints[random.integers(4)]) * light.color
    color = light.haze(color, 0.5 * np.exp(-near / 0.12))
    canvas.paint(rows, columns, "meadow", color)


def paint_sand(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    mask: np.ndarray,
    horizon: float,
    dunes: bool = False,
) -> None:
    """Sand with wind ripples, or dunes with lit and shadow sides."""
    rows, columns, y, x = canvas.pixels(mask)
    if not len(rows):
        return
    near = _nearness(y, min(horizon, float(y.min())))
    far = 1 / near
    u, v = (x - canvas.extent / 2) * far, far
    waves = Texture(random, 1.6)(u * 14, v * 12)
    grain = Texture(random, 0.3)(x * 200, y * 200)
    ripple = np.sin(v * 22 + u * 5 + waves * 7) * np.clip(near * 1.6, 0, 1)
    shade = 0.96 + 0.1 * waves + 0.05 * ripple + 0.06 * grain
    if dunes:
        field = Texture(random, 2.0)
        slope = field(u * 7 + 1.2, v * 16) - field(u * 7 - 1.2, v * 16)
        shade += np.clip(-light.side * slope * 3.2, -0.34, 0.16)
    tone = mix(rgb(232, 204, 150), rgb(226, 180, 118), random.random())
    color = tone * shade[:, None] * mix(np.ones(3), light.color, 0.8)
    color = light.haze(color, 0.4 * np.exp(-near / 0.1))
    canvas.paint(rows, columns, "sand", color)


def paint_forest(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    base: np.ndarray,
    cover: np.ndarray,
    tall: float,
    haze: float,
) -> None:
    """Three rows of trees, the nearer ones lower and larger.

    Args:
        canvas: `Canvas`.
        random: NumPy generator.
        light: `Light`.
        base: float32 array `(width,)`. Foot of the front row.
        cover: float32 array `(width,)`. Factor on the size of the trees; below
            0.3 there are none.
        tall: float. Height of the front trees in picture heights.
        haze: float in `[0, 1]`.
    """
    conifers = random.random() < 0.6
    for back in (1.0, 0.5, 0.0):
        size = tall * (1 - 0.25 * back)
        foot = base - 0.42 * tall * back
        spacing = size * (0.34 if conifers else 0.55)
        count = int(canvas.extent / spacing) + 3
        centers = np.arange(count) - 1 + random.uniform(-0.3, 0.3, count)
        centers *= spacing
        sizes = size * random.uniform(0.7, 1.12, count)
        factor = np.interp(centers, canvas.x[0], cover)
        sizes *= np.where(factor < 0.3, 0.0, np.clip(factor, 0, 1))
        _paint_trees(
            canvas,
            random,
            light,
            centers,
            sizes,
            foot,
            conifers,
            haze + 0.12 * back,
        )


def paint_tree(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    x: float,
    foot: float,
    tall: float,
) -> None:
    """A single tree with its shadow on the ground."""
    shadow = (
        ((canvas.x - x + light.side * 0.35 * tall) / (0.5 * tall)) ** 2
        + ((canvas.y - foot) / (0.07 * tall)) ** 2
    ) < 1
    canvas.image[shadow] *= 0.62
    trunk = (np.abs(canvas.x - x) < 0.055 * tall) & (
        (canvas.y > foot - 0.4 * tall) & (canvas.y < foot)
    )
    rows, columns, _, px = canvas.pixels(trunk)
    side = np.clip(0.75 + light.side * (px - x) / (0.15 * tall), 0.4, 1.2)
    canvas.paint(rows, columns, "forest", rgb(92, 66, 44) * side[:, None])
    base = np.full(canvas.shape[1], foot - 0.12 * tall, "float32")
    _paint_trees(
        canvas, random, light, np.array([x]), np.array([0.88 * tall]), base,
        random.random() < 0.4, 0.0,
    )  # fmt: skip


def _nearness(y, horizon):
    """1 at the bottom, small but never zero at the horizon."""
    return 0.06 + 0.94 * np.clip((y - horizon) / (1 - horizon), 0, 1)


def _paint_trees(canvas, random, light, centers, sizes, foot, conifers, haze):
    centers, sizes = centers[sizes > 0], sizes[sizes > 0]
    if not len(sizes):
        return
    distance = canvas.x[0][None, :] - centers[:, None]
    radius = sizes[:, None] * (0.3 if conifers else 0.42)
    across = distance / radius
    inside = np.abs(across) < 1
    if conifers:
        profile = sizes[:, None] * (1 - np.abs(across))
    else:
        round_top = np.sqrt(np.clip(1 - across**2, 0, 1))
        profile = sizes[:, None] * (0.5 + 0.5 * round_top)
    profile = np.where(inside, profile, -1)
    owner = np.argmax(profile, axis=0)
    height = np.take_along_axis(profile, owner[None], 0)[0]
    side = np.take_along_axis(across, owner[None], 0)[0]
    single = len(centers) == 1
    # Rows of trees close up below their crowns; a single one has an outline.
    mask = (canvas.y >= foot - height) & (canvas.y <= foot) & (height > 0)
    if not conifers and single:
        middle = foot - sizes[0] * 0.52
        mask = (
            (side[None, :]) ** 2 + ((canvas.y - middle) / (0.5 * sizes[0])) ** 2
        ) < 1
    rows, columns, y, x = canvas.pixels(mask)
    if not len(rows):
        return
    scale = 9 / max(float(np.mean(sizes)), 0.02)
    leaves = Texture(random, 0.6)(x * scale * 1.3, y * scale)
    clumps = Texture(random, 1.4)(x * scale * 1.5, y * scale * 1.5)
    depth = np.clip((y - (foot - height)[columns]) / np.mean(sizes), 0, 1)
    hue = random.uniform(-0.5, 0.5, len(sizes))[owner[columns]]
    dark = rgb(24, 62, 36) if conifers else rgb(32, 72, 24)
    lively = rgb(56, 104, 58) if conifers else rgb(88, 122, 40)
    lit = 0.55 + 0.4 * light.side * side[columns] - 0.5 * depth
    color = mix(dark, lively, lit + 0.55 * clumps + 0.3 * leaves)
    color *= (0.95 + 0.12 * hue + 0.25 * leaves)[:, None]
    color = light.haze(color * mix(np.ones(3), light.color, 0.7), haze)
    canvas.paint(rows, columns, "forest", color)
