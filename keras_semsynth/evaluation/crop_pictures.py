"""Pictures of the object crops whose FID is measured."""

import numpy as np

from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import fit_picture
from keras_semsynth.files.pictures import to_uint8

MOST = 8
ROWS = 2
CELL = (128, 128)


class CropExamples:
    """Keeps a few pairs of crops, drawn evenly from all that it is shown.

    Args:
        seed: int. Defaults to `0`.
    """

    def __init__(self, seed: int = 0):
        self.pairs = []
        self._seen = 0
        self._random = np.random.default_rng(seed)

    def add(self, generated: np.ndarray, real: np.ndarray) -> None:
        """Takes the crops of one object.

        Args:
            generated: `uint8` array `(height, width, 3)`, or float in
                `[-1, 1]`.
            real: `uint8` array `(height, width, 3)`.
        """
        self._seen += 1
        place = len(self.pairs)
        if place == MOST:
            place = int(self._random.integers(self._seen))
        if place < MOST:
            if generated.dtype != np.uint8:
                generated = to_uint8(generated, "truncate")
            # Copies: a crop is a view that would keep its whole batch.
            self.pairs[place : place + 1] = [(generated.copy(), real.copy())]

    def draw(self) -> np.ndarray | None:
        """Draws each real crop beside the generated one, the largest first.

        Returns:
            `uint8` array `(height, width, 3)`, or `None` without crops.
        """
        if not self.pairs:
            return None
        pairs = sorted(self.pairs, key=lambda pair: -pair[0].size)
        generated, real = (
            np.stack([fit_picture(crop, CELL) for crop in crops])
            for crops in zip(*pairs, strict=True)
        )
        return draw_grid([real, generated], ["real", "generated"], ROWS)
