"""What a frozen network wants its pixels to be like."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class InputFormat:
    """Colour order, range, mean and deviation of a network's input.

    Args:
        colour_order: str. `"rgb"` or `"bgr"`.
        maximum: float. What a pixel of 255 becomes before the mean is taken
            off: `1.0` or `255.0`.
        mean: tuple of three floats, in `colour_order`.
        std: tuple of three floats, in `colour_order`. What is divided by.
            Defaults to `(1.0, 1.0, 1.0)`.
    """

    colour_order: str
    maximum: float
    mean: tuple
    std: tuple = (1.0, 1.0, 1.0)

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Returns the network's input.

        Args:
            pixels: Array `(batch, height, width, 3)`, RGB, 0 to 255.

        Returns:
            float32 array of the same shape.
        """
        x = np.asarray(pixels, "float32")
        if self.colour_order == "bgr":
            x = x[..., ::-1]
        if self.maximum != 255.0:
            x = x / np.float32(255.0 / self.maximum)
        x = x - np.asarray(self.mean, "float32")
        return np.ascontiguousarray(x / np.asarray(self.std, "float32"))

    def describe(self) -> dict[str, Any]:
        """The fields, for a report."""
        return {
            "colour_order": self.colour_order,
            "pixel_range": [0.0, self.maximum],
            "mean": list(self.mean),
            "std": list(self.std),
        }
