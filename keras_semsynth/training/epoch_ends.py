"""Bounds the time that goes into the ends of epochs."""

import time
from collections.abc import Callable
from typing import Any

import keras

from keras_semsynth.training.progress import Progress
from keras_semsynth.training.strategies import Strategy


class EpochEnds(keras.callbacks.Callback):
    """Decides at which epoch ends a run is sampled, refreshed and saved.

    With few photographs an epoch takes seconds, and its end may take longer.
    An end is left out if the last one took more than `share` of the time that
    was trained since; the first of a start and the last of the run are not.

    Put it before the callbacks that ask `is_due`, and `finish` after them.

    Args:
        progress: `Progress`, earlier in the list of callbacks.
        share: float. Most of the training time that ends may take; `0` leaves
            none out. Defaults to `0.1`.
        clock: Function returning seconds. Defaults to `time.monotonic`.
        strategy: `Strategy`, whose chief decides. Defaults to `None`: one
            process.
    """

    def __init__(
        self,
        progress: Progress,
        share: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
        strategy: Strategy | None = None,
    ):
        super().__init__()
        self.progress = progress
        self.share = share
        self.strategy = strategy
        self.seconds = 0.0
        self._due = False
        self._clock = clock
        self._began = self._ended = None

    @property
    def finish(self) -> keras.callbacks.Callback:
        """The callback after which the work of an epoch's end is done."""
        return keras.callbacks.LambdaCallback(on_epoch_end=self._finish)

    def is_due(self) -> bool:
        """Whether the epoch that ends now is one of them."""
        return self._due

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        progress = self.progress
        self._began = self._clock()
        # In mid-epoch a run ends because it was asked to, and soon.
        complete = progress.step_in_epoch == 0
        self._due = complete and (
            not self.share
            or self._ended is None
            or not progress.steps_left
            or self.seconds <= self.share * (self._began - self._ended)
        )
        if self.strategy is not None:
            self._due = bool(self.strategy.gather([self._due])[0, 0])

    def _finish(self, epoch, logs=None):
        if self._due:
            self._ended = self._clock()
            self.seconds = self._ended - self._began
