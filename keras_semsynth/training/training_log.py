"""Named numbers over time, for a spreadsheet and for TensorBoard."""

import csv
import io
import os
import pathlib
from typing import Any

import keras
import numpy as np

from keras_semsynth.files import atomic
from keras_semsynth.gans import TwoPlayerModel
from keras_semsynth.training.progress import Progress

FIRST_COLUMNS = ("epoch", "step", "seconds", "images_per_second")


class TrainingLog(keras.callbacks.Callback):
    """Appends to `train.csv` and to TensorBoard event files.

    A row holds the means since the begin of its epoch: one row every
    `every_steps` steps and one at every epoch end. When a run resumes, rows
    after the checkpoint are dropped, so that no step is listed twice;
    TensorBoard replaces points of equal step by itself.

    Args:
        folder: Path of the `logs` folder.
        progress: `Progress`, earlier in the list of callbacks.
        every_steps: int. Steps between two rows; `0` writes rows at epoch
            ends only. Defaults to `50`.
        tensorboard: bool. Whether event files are written (needs TensorFlow,
            whatever the backend is). Defaults to `True`.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        progress: Progress,
        every_steps: int = 50,
        tensorboard: bool = True,
    ):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.path = self.folder / "train.csv"
        self.progress = progress
        self.every_steps = every_steps
        self.tensorboard = tensorboard
        self._writer = None
        self._columns = None
        self._last_step = None

    def rewind(self, step: int) -> None:
        """Drops the rows after a step; call it before training resumes.

        Args:
            step: int. Training steps that are done.
        """
        if not self.path.exists():
            return
        with open(self.path, newline="", encoding="utf-8") as file:
            # A killed process may leave half a line: it has no step.
            reader = csv.DictReader(file)
            names = reader.fieldnames or []
            rows = [
                row
                for row in reader
                if (row.get("step") or "").isdigit()
                and int(row["step"]) <= step
                and None not in row.values()
            ]
        if not rows:
            # The line of names may be half a line, too.
            self.path.unlink()
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        atomic.write_text(self.path, text.getvalue())

    def add_image(self, name: str, image: np.ndarray) -> None:
        """Shows an image in TensorBoard at the present step.

        Args:
            name: str.
            image: `uint8` array `(height, width, 3)`.
        """
        if self.tensorboard:
            import tensorflow as tf

            with self._summary_writer().as_default():
                tf.summary.image(name, image[None], step=self.progress.step)

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.every_steps and self.progress.step % self.every_steps == 0:
            self._write(logs)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.progress.step_in_epoch == 0:
            self._write(logs)
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Closes the event file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, logs):
        step = self.progress.step
        if step == self._last_step:
            return
        self._last_step = step
        values = {name: float(value) for name, value in (logs or {}).items()}
        values.update(self._learning_rates())
        row = {
            "epoch": self.progress.last_epoch + 1,
            "step": step,
            "seconds": f"{self.progress.seconds:.1f}",
            "images_per_second": f"{self.progress.images_per_second:.3f}",
            **{name: f"{value:.8g}" for name, value in values.items()},
        }
        self._append(row)
        if self.tensorboard:
            import tensorflow as tf

            values["images_per_second"] = self.progress.images_per_second
            with self._summary_writer().as_default():
                for name, value in values.items():
                    tf.summary.scalar(name, value, step=step)

    def _learning_rates(self):
        # Read through `model`: on JAX the optimizers' steps are in the
        # trainer during an epoch.
        model = self.model
        if not isinstance(model, TwoPlayerModel):
            return {}
        return {
            f"{player}/learning_rate": rate
            for player, rate in model.optimizer.learning_rates().items()
        }

    def _append(self, row):
        if self._columns is None:
            self._columns = self._read_columns()
        if self._columns is None:
            self._columns = [
                *FIRST_COLUMNS,
                *sorted(set(row) - set(FIRST_COLUMNS)),
            ]
            self._append_line(self._columns)
        self._append_line([row.get(name, "") for name in self._columns])

    def _append_line(self, values):
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(values)

    def _read_columns(self):
        if not self.path.exists():
            return None
        with open(self.path, newline="", encoding="utf-8") as file:
            return next(csv.reader(file), None)

    def _summary_writer(self):
        import tensorflow as tf

        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.folder))
        return self._writer
