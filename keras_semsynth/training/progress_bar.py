"""One line that says how training goes and how long it will take."""

import time
from collections.abc import Callable
from typing import Any
from typing import TextIO

import keras

from keras_semsynth import backend
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.files.progress_line import bar
from keras_semsynth.files.progress_line import format_seconds
from keras_semsynth.training.footprint import say_pace
from keras_semsynth.training.progress import Progress


class ProgressBar(keras.callbacks.Callback):
    """Prints epoch, step, images per second, time left and the two totals.

    On a terminal the line is rewritten in place; in a file or a pipe a new
    line is printed from time to time, so that a log stays short.

    Args:
        progress: `Progress`, earlier in the list of callbacks.
        every_seconds: float. Least seconds between two lines when the output
            is no terminal. Defaults to `30`.
        stream: Text stream. Defaults to standard output.
        clock: Function returning seconds. Defaults to `time.monotonic`.
    """

    def __init__(
        self,
        progress: Progress,
        every_seconds: float = 30.0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__()
        self.progress = progress
        self.line = ProgressLine(
            every_seconds=every_seconds, stream=stream, clock=clock
        )

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        progress = self.progress
        first = progress.step == progress.first_step + 1
        if first or self.line.is_due():
            step = progress.step_in_epoch or progress.steps_per_epoch
            self._show(progress.last_epoch, step, logs or {})
        if progress.step == progress.first_step + 3:
            # The first step compiles; two show the pace.
            images = progress.steps_left * progress.images_per_step
            pace = say_pace(
                progress.images_per_second, images, backend.peak_memory()
            )
            self.line.show([pace], last=True)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.progress.step_in_epoch == 0:
            self._show(epoch, self.progress.steps_per_epoch, logs or {})
        self.line.end()

    def _show(self, epoch, step, logs):
        progress = self.progress
        parts = [
            f"Epoch {epoch + 1}/{progress.epochs} "
            f"{bar(step, progress.steps_per_epoch)}"
        ]
        if progress.images_per_second:
            parts.append(f"{progress.images_per_second:.1f} images/s")
        left = progress.seconds_left(progress.steps_left)
        if left is not None:
            parts.append(f"{format_seconds(left)} left")
        parts += [
            f"{name.split('/')[0]} {float(logs[name]):.3f}"
            for name in sorted(logs, reverse=True)
            if name.endswith("/total")
        ]
        self.line.show(parts)
