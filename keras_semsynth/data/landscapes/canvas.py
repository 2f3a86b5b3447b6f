"""The picture under construction: colours and class ids, back to front."""

import numpy as np

from keras_semsynth.data.classes import Classes

_COLORS = {
    "sky": (112, 173, 232),
    "cloud": (226, 232, 240),
    "sun": (255, 221, 51),
    "mountain": (128, 112, 122),
    "forest": (22, 92, 48),
    "meadow": (134, 194, 66),
    "water": (28, 98, 168),
    "sand": (235, 205, 140),
    "road": (78, 78, 84),
    "house": (196, 62, 48),
}
CLASSES = Classes(tuple(_COLORS), list(_COLORS.values()))
IDS = {name: index for index, name in enumerate(_COLORS)}


class Canvas:
    """Colours and ids of all pixels, and where the pixels are.

    Coordinates have the picture height as their unit: `y` runs from 0 at the
    top to 1, `x` from 0 at the left to `extent`.

    Args:
        height: int. Pixels.
        width: int. Pixels.
    """

    def __init__(self, height: int, width: int):
        self.shape = (height, width)
        self.extent = width / height
        self.y = ((np.arange(height, dtype="float32") + 0.5) / height)[:, None]
        self.x = ((np.arange(width, dtype="float32") + 0.5) / height)[None, :]
        self.image = np.zeros((height, width, 3), "float32")
        self.label_map = np.zeros((height, width), "uint8")

    def pixels(self, mask: np.ndarray) -> tuple[np.ndarray, ...]:
        """Indices and coordinates of the pixels of a mask.

        Args:
            mask: bool array that broadcasts to the picture.

        Returns:
            Tuple `(rows, columns, y, x)` of arrays `(count,)`.
        """
        rows, columns = np.nonzero(np.broadcast_to(mask, self.shape))
        return rows, columns, self.y[rows, 0], self.x[0, columns]

    def paint(
        self,
        rows: np.ndarray,
        columns: np.ndarray,
        name: str,
        color: np.ndarray,
        alpha: np.ndarray | float = 1.0,
    ) -> None:
        """Puts colours `(count, 3)` and the id of a class on some pixels."""
        if not isinstance(alpha, float) or alpha != 1.0:
            alpha = np.asarray(alpha, "float32")[..., None]
            color = color * alpha + self.image[rows, columns] * (1 - alpha)
        self.image[rows, columns] = color
        self.label_map[rows, columns] = IDS[name]


def rgb(*values: int) -> np.ndarray:
    """A colour given in 0 to 255."""
    return np.array(values, "float32") / 255


def mix(
    first: np.ndarray, second: np.ndarray, amount: np.ndarray | float
) -> np.ndarray:
    """Blends arrays `(..., 3)` by an amount `(...)` in `[0, 1]`."""
    amount = np.minimum(np.maximum(amount, 0, dtype="float32"), 1)
    return first + (second - first) * amount[..., None]
