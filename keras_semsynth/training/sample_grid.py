"""Pictures of what the generator can do so far."""

import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import draw_matrix
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.files.pictures import write_png
from keras_semsynth.training.progress import Progress

HEADINGS = ("layout", "generated", "real")
# Sources and references of a table: it holds the square of it in images.
MOST_IN_TABLE = 4


class SampleGrid(keras.callbacks.Callback):
    """Draws layout, generated and real image of fixed held-out samples.

    Of unpaired translation: a table of results, sources on the left and
    references on top.

    The layouts and the seed are the same every time, so that two grids of a
    run differ by what was learned between them.

    Args:
        folder: Path of the `samples` folder.
        progress: `Progress`, earlier in the list of callbacks.
        inputs: dict with `"label_map"` `(count, height, width)` and, if the
            model takes one, `"edge_map"`; or the images `"label_map"` (the
            reference) and `"source"`.
        images: Float array `(count, height, width, 3)` in `[-1, 1]`.
        colorize: Function from ids `(height, width)` to `uint8`
            `(height, width, 3)`.
        generate: Function `(model, inputs)` returning float images in
            `[-1, 1]`.
        every_steps: int. Steps between two grids; `0` draws one at every
            epoch end only. Defaults to `0`.
        every_epochs: int. Epochs between two grids. Defaults to `1`.
        add_image: Function `(name, uint8 image)` for TensorBoard, or `None`.
            Defaults to `None`.
        is_due: Function that tells whether an epoch end is one to draw at.
            Defaults to `None`: every end of a complete epoch is.
        writes: bool. Whether the grid is written, or only computed along with
            another worker. Defaults to `True`.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        progress: Progress,
        inputs: dict[str, np.ndarray],
        images: np.ndarray,
        colorize: Callable[[np.ndarray], np.ndarray] | None,
        generate: Callable[[keras.Model, dict[str, np.ndarray]], np.ndarray],
        every_steps: int = 0,
        every_epochs: int = 1,
        add_image: Callable[[str, np.ndarray], object] | None = None,
        is_due: Callable[[], bool] | None = None,
        writes: bool = True,
    ):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.progress = progress
        self.inputs = inputs
        self.images = to_uint8(images)
        if "source" in inputs:
            self.layouts = None
            self.sources = to_uint8(inputs["source"])
        else:
            self.layouts = np.stack([colorize(m) for m in inputs["label_map"]])
        self.generate = generate
        self.every_steps = every_steps
        self.every_epochs = every_epochs
        self.add_image = add_image
        self.is_due = is_due or (lambda: not progress.step_in_epoch)
        self.writes = writes
        self._periods = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._periods = self.progress.epoch // self.every_epochs

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        step = self.progress.step
        if self.every_steps and step % self.every_steps == 0:
            self.draw()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if not self.is_due():
            return
        # Ends may have been left out since the last grid.
        periods = (epoch + 1) // self.every_epochs
        if periods > self._periods or not self.progress.steps_left:
            self._periods = periods
            self.draw()

    def draw(self) -> pathlib.Path:
        """Writes the grid of the present step.

        Returns:
            Path of the PNG file.
        """
        path = self.folder / f"step-{self.progress.step:09d}.png"
        if self.layouts is None:
            grid = self._table()
        else:
            generated = to_uint8(self.generate(self.model, self.inputs))
            columns = [self.layouts, generated, self.images]
            grid = draw_grid(columns, HEADINGS)
        if self.writes:
            write_png(path, grid)
            if self.add_image is not None:
                self.add_image("samples", grid)
        return path

    def _table(self):
        """Every source in the style of every reference."""
        count = min(len(self.sources), MOST_IN_TABLE)
        references = self.inputs["label_map"][:count]
        cells = []
        for source in self.inputs["source"][:count]:
            row = {
                "source": np.repeat(source[None], count, axis=0),
                "label_map": references,
            }
            cells.append(to_uint8(self.generate(self.model, row)))
        return draw_matrix(
            cells,
            self.sources[:count],
            self.images[:count],
            ("source", "reference"),
        )
