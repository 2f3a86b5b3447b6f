"""Callback that keeps the averaged generator's statistics up to date."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import keras

from keras_semsynth.gans.average_statistics import AverageStatistics


class RefreshStatistics(keras.callbacks.Callback):
    """Estimates the averaged generator's batch statistics anew, regularly.

    Put it before callbacks that sample or save the average.

    Args:
        batches: Iterable of `(inputs, image)` that begins anew each time, such
            as a `tf.data.Dataset` of training batches.
        count: int. Batches each time. Defaults to `51`, as OASIS's code has.
        every_steps: int. Training steps between two refreshes; `0` for one at
            every epoch end only. Defaults to `0`.
        cumulative: As for `gans.AverageStatistics`. Defaults to `False`.
        is_due: Function that tells whether an epoch end is one to refresh at.
            Defaults to `None`: every one is.

    Example:

    >>> gan.fit(dataset, callbacks=[RefreshStatistics(dataset)])
    """

    def __init__(
        self,
        batches: Iterable,
        count: int = 51,
        every_steps: int = 0,
        cumulative: bool = False,
        is_due: Callable[[], bool] | None = None,
    ):
        super().__init__()
        self.batches = batches
        self.count = count
        self.every_steps = every_steps
        self.cumulative = cumulative
        self.is_due = is_due
        self.statistics = None
        self.step = 0

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self.step += 1
        if self.every_steps and self.step % self.every_steps == 0:
            self.refresh()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.is_due is None or self.is_due():
            self.refresh()

    def refresh(self) -> None:
        """Refreshes the statistics now."""
        gan = self.model  # on JAX this also brings the variables up to date
        if self.statistics is None:
            self.statistics = AverageStatistics(gan, self.cumulative)
        self.statistics.refresh(self.batches, self.count)
