"""Time of day: the colours of sky, light and haze."""

import dataclasses

import numpy as np

from keras_semsynth.data.landscapes.canvas import mix
from keras_semsynth.data.landscapes.canvas import rgb

# Zenith, horizon, direct light.
_MOODS = (
    (rgb(46, 104, 190), rgb(176, 212, 240), np.array([1.05, 1.02, 0.97])),
    (rgb(28, 84, 172), rgb(140, 194, 236), np.array([1.08, 1.04, 0.96])),
    (rgb(84, 124, 186), rgb(246, 214, 170), np.array([1.08, 0.95, 0.76])),
    (rgb(74, 86, 150), rgb(246, 172, 132), np.array([1.04, 0.84, 0.68])),
    (rgb(112, 146, 186), rgb(206, 220, 230), np.array([0.94, 0.95, 0.97])),
    # After sunset.
    (rgb(26, 30, 78), rgb(238, 118, 62), np.array([0.5, 0.36, 0.4])),
    (rgb(44, 28, 74), rgb(222, 92, 82), np.array([0.46, 0.33, 0.42])),
)
# Chances of the moods at a time of day; `None` stands for any time with light.
_ODDS = {
    None: (0.3, 0.25, 0.2, 0.12, 0.13, 0, 0),
    "day": (0.44, 0.37, 0, 0, 0.19, 0, 0),
    "dusk": (0, 0, 0, 0, 0, 0.6, 0.4),
}
TIMES = tuple(time for time in _ODDS if time)


@dataclasses.dataclass
class Light:
    """Illumination of a scene.

    Args:
        zenith: float32 array `(3,)`. Sky colour at the top.
        horizon: float32 array `(3,)`. Sky colour at the horizon, also the
            colour of haze.
        color: float32 array `(3,)`. Factor on lit surfaces.
        sun_x: float. Position in picture heights, maybe outside.
        sun_y: float.
        sun_radius: float.
        sun_visible: bool.
        side: float. 1 if light comes from the right, -1 from the left.
    """

    zenith: np.ndarray
    horizon: np.ndarray
    color: np.ndarray
    sun_x: float
    sun_y: float
    sun_radius: float
    sun_visible: bool
    side: float

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        extent: float,
        horizon: float,
        time: str | None = None,
    ) -> "Light":
        """Draws an illumination for a picture."""
        first, second = random.choice(len(_MOODS), 2, p=_ODDS[time])
        amount = random.uniform(0, 0.6)
        colors = [
            mix(a, b, amount)
            for a, b in zip(_MOODS[first], _MOODS[second], strict=True)
        ]
        sun_x = random.uniform(0.08, 0.92) * extent
        radius = random.uniform(0.05, 0.085)
        sun_y = random.uniform(radius + 0.03, max(horizon * 0.62, 0.14))
        return cls(
            *(color.astype("float32") for color in colors),
            sun_x=sun_x,
            sun_y=sun_y,
            sun_radius=radius,
            sun_visible=bool(random.random() < 0.66),
            side=1.0 if sun_x > extent / 2 else -1.0,
        )

    def haze(self, color: np.ndarray, amount: np.ndarray | float) -> np.ndarray:
        """Blends colours towards the horizon."""
        return mix(color, self.horizon, amount)
