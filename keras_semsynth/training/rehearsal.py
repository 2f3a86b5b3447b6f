"""A few real training steps before a run, to see what it takes."""

import dataclasses
import time

import keras

from keras_semsynth import backend
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import run_settings
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.training.checks import check_experiment
from keras_semsynth.training.footprint import Footprint
from keras_semsynth.training.footprint import measure_footprint
from keras_semsynth.training.footprint import say_pace
from keras_semsynth.training.train import build_networks


@dataclasses.dataclass(frozen=True)
class Rehearsal:
    """What was found out by trying.

    As a str it is the lines that are printed.

    Args:
        footprint: `Footprint`.
        images_per_second: float or `None`, of the steps after the first, which
            compiles. `None` if no step was made.
        peak_memory: int or `None`. Bytes, measured.
        total_images: int. Images that the whole run sees.
    """

    footprint: Footprint
    images_per_second: float | None
    peak_memory: int | None
    total_images: int

    def __str__(self) -> str:
        lines = [str(self.footprint)]
        if self.images_per_second is not None:
            pace = say_pace(
                self.images_per_second, self.total_images, self.peak_memory
            )
            seconds = self.footprint.batch_size / self.images_per_second
            lines.append(f"{pace} A step takes {seconds:.2g} s.")
        elif not self.footprint.fits:
            lines.append(
                "No step was tried, because the memory may not suffice."
            )
        return "\n".join(lines)


def rehearse(experiment: Experiment, steps: int = 2) -> Rehearsal:
    """Makes a few training steps on the real data, and writes nothing.

    Args:
        experiment: `Experiment`. It needs no `run_dir`.
        steps: int. Training steps after a first one, which compiles; `0`
            makes none. None are made either if the memory does not suffice.
            Defaults to `2`.

    Returns:
        `Rehearsal`.

    Raises:
        ValueError: If training would not start.

    Example:

    >>> print(keras_semsynth.training.rehearse(experiment))
    """
    checked = check_experiment(experiment)
    gan = build_networks(checked)
    footprint = measure_footprint(gan, checked.batch_spec(), checked.strategy)
    footprint.check()
    total = run_settings(experiment).epochs * checked.steps_per_epoch
    total *= checked.batch_size
    if not steps or not footprint.fits:
        return Rehearsal(footprint, None, None, total)
    timer = _StepTimer(steps)
    gan.fit(
        checked.make_stream(),
        steps_per_epoch=steps + 1,
        callbacks=[timer],
        shuffle=False,
        verbose=0,
    )
    return Rehearsal(
        footprint,
        steps * checked.batch_size / timer.seconds,
        backend.peak_memory(),
        total,
    )


class _StepTimer(keras.callbacks.Callback):
    """Times all steps but the first, and shows where it is."""

    def __init__(self, steps):
        super().__init__()
        self.line = ProgressLine(
            "Trying", total=steps + 1, unit="training steps"
        )
        self.seconds = 0.0

    def on_train_batch_begin(self, batch, logs=None):
        self._began = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        if batch:
            self.seconds += time.monotonic() - self._began
        self.line.update(batch + 1)

    def on_train_end(self, logs=None):
        self.line.end()
