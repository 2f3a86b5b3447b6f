"""The picture of layouts in the styles of photographs."""

import pathlib
from collections.abc import Sequence

import numpy as np

from keras_semsynth.files.pictures import draw_matrix
from keras_semsynth.files.pictures import write_png
from keras_semsynth.synthesis.generation_plan import Job

NAME = "style_matrix.png"
CORNER = ("layouts", "styles")
# More would make a picture that no viewer opens.
MOST_ROWS = 16


class StyleMatrix:
    """Collects the images of layouts and writes them as one picture.

    Args:
        folder: Path of the output folder.
        jobs: Sequence of `Job`, the images that will be written there.
        overwrite: bool. Whether an earlier picture is replaced.

    Raises:
        ValueError: If its file would replace another.
    """

    def __init__(
        self, folder: pathlib.Path, jobs: Sequence[Job], overwrite: bool
    ):
        self.path = folder / NAME
        self.layouts, self.images = [], []
        self._count = len(jobs)
        for job in jobs:
            if self.path in (*job.images, job.sheet):
                raise ValueError(
                    f"An image of {job.source} and the picture of all would "
                    f"both be written to {self.path}: rename the label map."
                )
        if self.path.exists() and not overwrite:
            raise ValueError(
                f"{self.path} exists already: choose another `output`, or set "
                "`overwrite`."
            )

    def add(self, layout: np.ndarray, images: np.ndarray) -> None:
        """Takes a coloured layout and its images, one for each style."""
        if len(self.layouts) < MOST_ROWS:
            self.layouts.append(layout)
            self.images.append(images)

    def write(self, styles: Sequence[np.ndarray]) -> None:
        """Writes the picture, if there is an image.

        Args:
            styles: Sequence of `uint8` arrays `(height, width, 3)`.
        """
        if not self.layouts:
            return
        picture = draw_matrix(self.images, self.layouts, styles, CORNER)
        write_png(self.path, picture)
        if self._count > MOST_ROWS:
            print(
                f"Note: {self.path} shows the first {MOST_ROWS} of "
                f"{self._count} label maps."
            )
