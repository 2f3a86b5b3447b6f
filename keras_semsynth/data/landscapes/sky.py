"""Sky, sun and clouds."""

import numpy as np

from keras_semsynth.data.landscapes.canvas import Canvas
from keras_semsynth.data.landscapes.canvas import mix
from keras_semsynth.data.landscapes.canvas import rgb
from keras_semsynth.data.landscapes.light import Light
from keras_semsynth.data.landscapes.noise import fractal_field


def paint_sky(canvas: Canvas, light: Light, horizon: float) -> None:
    """Gradient from zenith to horizon with a glow around the sun."""
    height = np.clip(canvas.y / horizon, 0, 1) ** 1.3
    color = mix(light.zenith, light.horizon, height)
    color = np.broadcast_to(color, (*canvas.shape, 3)).copy()
    distance = np.hypot(canvas.y - light.sun_y, canvas.x - light.sun_x)
    strength = 0.75 if light.sun_visible else 0.3
    glow = strength * np.exp(-((distance / 0.22) ** 1.2))
    canvas.image[:] = mix(color, rgb(255, 244, 214) * light.color, glow)
    if not light.sun_visible:
        return
    disc = distance < light.sun_radius
    rows, columns, _, _ = canvas.pixels(disc)
    rim = (distance[disc] / light.sun_radius) ** 3
    color = mix(rgb(255, 252, 224), rgb(255, 218, 92), rim)
    canvas.paint(rows, columns, "sun", color)


def paint_clouds(
    canvas: Canvas, random: np.random.Generator, light: Light, horizon: float
) -> None:
    """Heaps of cloud with lit tops and grey bases, or thin streaks."""
    style = random.random()
    count = random.integers(0, 5)
    field = fractal_field(
        random, canvas.shape, canvas.extent, (5.0, 3.2), 5, 0.55
    )
    envelope = np.full(canvas.shape, -1.0, "float32")
    for _ in range(count):
        x = random.uniform(-0.1, 1.1) * canvas.extent
        y = random.uniform(0.08, 0.78) * horizon
        wide = random.uniform(0.16, 0.42)
        high = wide * random.uniform(0.25, 0.45)
        if style < 0.25:
            wide, high = wide * 1.7, high * 0.35
        dy = (canvas.y - y) / high
        # A flat base: below the centre the heap ends early.
        dy = np.where(dy > 0, dy * 2.2, dy)
        blob = 1.15 - np.hypot(dy, (canvas.x - x) / wide)
        envelope = np.maximum(envelope, blob)
    density = envelope + 0.75 * field
    mask = (density > 0.25) & (canvas.y < horizon)
    if count == 0 or not mask.any():
        return
    # Light from above: where density grows downwards, the top is lit.
    step = max(1, round(0.03 * canvas.shape[0]))
    below = np.roll(density, -step, axis=0)
    above = np.roll(density, step, axis=0)
    lit = np.clip(0.55 + 0.9 * (below - above), 0, 1)[mask]
    depth = np.clip((density[mask] - 0.25) / 0.35, 0, 1)
    bright = rgb(255, 254, 252) * mix(np.ones(3), light.color, 0.5)
    shade = mix(rgb(168, 178, 196), light.horizon, 0.25)
    rows, columns, _, _ = canvas.pixels(mask)
    color = mix(shade, bright, lit)
    canvas.paint(rows, columns, "cloud", color, 0.45 + 0.55 * depth)
