"""Where a training run stands."""

import time
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import keras


class Progress(keras.callbacks.Callback):
    """Counts steps over all starts of a run and measures the pace.

    It is the first callback of `fit`; the others read it.

    `step` counts the training steps made. `position` is what they amount to
    in steps of the present length: they differ once a resumed run has another
    batch size, because finished epochs stay finished then.

    Args:
        epochs: int. Epochs of the whole run.
        steps_per_epoch: int. Training steps in an epoch.
        images_per_step: int. Images a training step takes.
        clock: Function returning seconds. Defaults to `time.monotonic`.
    """

    def __init__(
        self,
        epochs: int,
        steps_per_epoch: int,
        images_per_step: int,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__()
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.images_per_step = images_per_step
        self.step = 0
        self.first_step = 0
        self._shift = 0
        self._images_before = 0
        self._seconds_before = 0.0
        self._clock = clock
        self._started = clock()
        self._step_began = None
        self._step_seconds = None
        self._steps_timed = 0

    def resume(self, state: Mapping[str, Any]) -> None:
        """Continues counting after an earlier start.

        Args:
            state: Mapping, what `to_json` returned then.
        """
        self.step = self.first_step = state["step"]
        self._images_before = state["images_seen"]
        self._seconds_before = state["seconds"]
        if state["images_per_second"]:
            # Until this start has a pace of its own.
            self._step_seconds = (
                state["images_per_step"] / state["images_per_second"]
            )
        # Of a begun epoch the images that were seen count.
        images = state["step_in_epoch"] * state["images_per_step"]
        done = min(images // self.images_per_step, self.steps_per_epoch - 1)
        position = state["epoch"] * self.steps_per_epoch + done
        self._shift = position - self.step

    def to_json(self) -> dict[str, Any]:
        """Returns where the run stands, as JSON holds it.

        Returns:
            dict.
        """
        return {
            "step": self.step,
            "epoch": self.epoch,
            "step_in_epoch": self.step_in_epoch,
            "steps_per_epoch": self.steps_per_epoch,
            "images_per_step": self.images_per_step,
            "images_seen": self.images_seen,
            "seconds": self.seconds,
            "images_per_second": self.images_per_second,
        }

    @property
    def position(self) -> int:
        """Steps done, if all had had the present number of images."""
        return self.step + self._shift

    @property
    def steps_left(self) -> int:
        """Steps until the last epoch is done."""
        return max(0, self.epochs * self.steps_per_epoch - self.position)

    @property
    def epoch(self) -> int:
        """Index, from 0, of the epoch that the next step belongs to."""
        return self.position // self.steps_per_epoch

    @property
    def last_epoch(self) -> int:
        """Index, from 0, of the epoch that the last step belonged to."""
        return (self.position - 1) // self.steps_per_epoch

    @property
    def step_in_epoch(self) -> int:
        """Steps already done in that epoch."""
        return self.position % self.steps_per_epoch

    @property
    def where(self) -> str:
        """The step that has just been made, in words."""
        step = self.step_in_epoch or self.steps_per_epoch
        return (
            f"epoch {self.last_epoch + 1}, step {step} of "
            f"{self.steps_per_epoch} (step {self.step} of the run)"
        )

    @property
    def images_seen(self) -> int:
        """Images in all training steps."""
        steps = self.step - self.first_step
        return self._images_before + steps * self.images_per_step

    @property
    def seconds(self) -> float:
        """Seconds of training so far, earlier starts included."""
        if self.step == self.first_step:
            return self._seconds_before
        return self._seconds_before + self._clock() - self._started

    @property
    def images_per_second(self) -> float:
        """Recent pace of the training steps alone; 0 before the second."""
        if not self._step_seconds:
            return 0.0
        return self.images_per_step / self._step_seconds

    def seconds_left(self, steps: int) -> float | None:
        """Expected seconds for that many further steps, or `None`.

        Everything between two steps counts here (checkpoints, samples), so
        that the estimate is one of the wall clock.
        """
        if not self._steps_timed:
            return None
        elapsed = self._clock() - self._first_step_ended
        return steps * elapsed / self._steps_timed

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._step_began = None

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._step_began = self._clock()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self.step += 1
        now = self._clock()
        if self.step == self.first_step + 1:
            # The first step contains tracing and compilation.
            self._first_step_ended = now
            return
        self._steps_timed += 1
        seconds = now - self._step_began
        if self._step_seconds is None:
            self._step_seconds = seconds
        else:
            weight = max(0.05, 1 / self._steps_timed)
            self._step_seconds += weight * (seconds - self._step_seconds)
