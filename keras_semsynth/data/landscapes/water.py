"""Water that mirrors what stands behind it."""

import numpy as np

from keras_semsynth.data.landscapes.canvas import Canvas
from keras_semsynth.data.landscapes.canvas import mix
from keras_semsynth.data.landscapes.canvas import rgb
from keras_semsynth.data.landscapes.light import Light
from keras_semsynth.data.landscapes.noise import Texture


def paint_water(
    canvas: Canvas,
    random: np.random.Generator,
    light: Light,
    mask: np.ndarray,
    horizon: float,
) -> None:
    """Paints a mask as water; everything above it must be there already."""
    rows, columns, y, x = canvas.pixels(mask)
    if not len(rows):
        return
    height, width = canvas.shape
    near = np.clip((y - horizon) / (1 - horizon), 0.01, 1)
    far = 1 / (near + 0.04)
    calm = random.uniform(0.35, 1.0)
    u, v = (x - canvas.extent / 2) * far, far
    swell = Texture(random, 1.2)(u * 10, v * 34)
    ripple = Texture(random, 0.6)(u * 20, v * 90)
    waves = (0.6 * swell + 0.4 * ripple) * np.clip(0.2 + near * 2, 0, 1)
    # Far things stand on the horizon, so that is the mirror line.
    source = 2 * round(horizon * height) - rows - 1
    source = source + waves * (0.05 / calm) * height * (0.3 + near)
    source = np.clip(source, 0, height - 1).astype(int)
    shift = waves * 0.02 * height
    side = np.clip(columns + shift, 0, width - 1).astype(int)
    reflection = canvas.image[source, side]
    deep = mix(rgb(18, 84, 118), rgb(24, 104, 124), random.random())
    deep = deep * mix(np.ones(3), light.color, 0.5)
    body = mix(deep, light.zenith, 0.25) * (1 + 0.35 * waves)[:, None]
    color = mix(body, reflection * rgb(190, 214, 232), 0.62 - 0.42 * near)
    # Crests catch the sky; below the sun they glitter.
    crest = np.clip((waves - 0.16) * 3.0, 0, 1) / (0.5 + calm)
    color = mix(color, light.horizon, 0.5 * crest)
    if light.sun_visible:
        spread = 0.05 + 0.16 * near
        path = np.exp(-(((x - light.sun_x) / spread) ** 2))
        glitter = path * np.clip(0.45 + 1.8 * waves, 0, 1)
        color = mix(color, rgb(255, 242, 196) * light.color, 0.75 * glitter)
    canvas.paint(rows, columns, "water", color)
