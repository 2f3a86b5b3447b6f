"""Saves the state of a run in time, and when it is asked to stop."""

import contextlib
import functools
import signal
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_semsynth.files.checkpoint_store import CheckpointStore
from keras_semsynth.files.network_writing import write_network
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.gans.finite_state import check_finite
from keras_semsynth.gans.saved_state import describe_state
from keras_semsynth.gans.saved_state import load_state
from keras_semsynth.training.progress import Progress
from keras_semsynth.training.strategies import Strategy

SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM")
    if hasattr(signal, name)
)


class Checkpointing(keras.callbacks.Callback):
    """Writes checkpoints every so many steps or minutes and at epoch ends.

    Inside `signals()`, on SIGINT (Ctrl-C) or SIGTERM, the running step is
    finished, the state is saved and training stops; `stop_signal` then holds
    the signal. A second signal acts at once, as if this callback were not
    there.

    Args:
        store: `CheckpointStore`.
        progress: `Progress`, earlier in the list of callbacks.
        every_steps: int. Steps between two checkpoints; `0` means never.
            Defaults to `0`.
        every_minutes: float. Minutes between two checkpoints; `0` means
            never. Defaults to `15`.
        before_save: Function without arguments, called before every
            checkpoint; its error stops training. Defaults to `None`.
        after_save: Function without arguments, called after every
            checkpoint. Defaults to `None`.
        is_due: Function that tells whether an epoch end is one to save at.
            Defaults to `None`: every end of a complete epoch is.
        strategy: `Strategy`. All its workers stop and save in the same step,
            whichever was asked to; the chief writes. Defaults to `None`: one
            process.
        clock: Function returning seconds. Defaults to `time.monotonic`.
    """

    def __init__(
        self,
        store: CheckpointStore,
        progress: Progress,
        every_steps: int = 0,
        every_minutes: float = 15.0,
        before_save: Callable[[], object] | None = None,
        after_save: Callable[[], object] | None = None,
        is_due: Callable[[], bool] | None = None,
        strategy: Strategy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__()
        self.store = store
        self.progress = progress
        self.every_steps = every_steps
        self.every_minutes = every_minutes
        self.before_save = before_save
        self.after_save = after_save
        self.is_due = is_due or (lambda: not progress.step_in_epoch)
        self.strategy = strategy or Strategy(1, ("CPU",))
        # What all workers have agreed on; the next is what this one was asked.
        self.stop_signal: int | None = None
        self._asked: int | None = None
        # The step of the checkpoint that a next start goes on from.
        self.saved_step: int | None = None
        self._clock = clock
        self._last_saved = clock()
        self._metrics = None
        self._waits = False
        self._previous_handlers = {}

    def restore(self, model: keras.Model) -> dict[str, Any] | None:
        """Loads the newest whole checkpoint into a built, compiled model.

        Args:
            model: The GAN.

        Returns:
            dict, the saved state, or `None` if there is no checkpoint.

        Raises:
            RunError: If it holds other weights.
        """
        found = self.store.newest()
        if found is None:
            return None
        weights, state = found
        try:
            load_state(model, weights, state)
        except (ValueError, KeyError, OSError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise RunError(
                f"Checkpoint {weights.parent} does not hold the weights of "
                f"this run ({reason}): move it elsewhere to go on from the "
                "one before."
            ) from error
        if self.strategy.is_chief:
            self.store.prune(state["step"])
        self.saved_step = state["step"]
        self._metrics = state.get("metrics")
        return state

    def save(self) -> None:
        """Writes a checkpoint of the present moment, if this is the chief.

        Raises:
            DiskFullError: If it did not fit.
            FloatingPointError: If a number in it were NaN or infinite; nothing
                is written then.
        """
        # `self.model` (not `_model`): on JAX the access brings the state,
        # which lives in the trainer during an epoch, back into the model.
        model = self.model
        check_finite(model, self.progress.where)
        state = {
            **self.progress.to_json(),
            **describe_state(model),
            "backend": keras.backend.backend(),
            # The running means of the logs, so that the log of a resumed
            # epoch is that of the whole epoch.
            "metrics": [
                np.asarray(
                    keras.ops.convert_to_numpy(v), dtype="float64"
                ).tolist()
                for v in model.metrics_variables
            ],
        }
        # Up to here all workers go: to read a mean is a sum over them.
        if self.strategy.is_chief:
            with self.strategy.alone():
                self._write(model, state)
        self.saved_step = self.progress.step
        self._last_saved = self._clock()

    def _write(self, model, state):
        if self.before_save is not None:
            self.before_save()
        self.store.save(
            self.progress.step, state, functools.partial(write_network, model)
        )
        self.saved_step = self.progress.step
        if self.after_save is not None:
            self.after_save()

    @contextlib.contextmanager
    def signals(self) -> Iterator["Checkpointing"]:
        """Handles SIGINT and SIGTERM inside a `with` block around `fit`."""
        self._install_handlers()
        try:
            yield self
        finally:
            self._remove_handlers()

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.progress.step_in_epoch:
            restore_means(self.model, self._metrics)
        self._metrics = None

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        progress = self.progress
        due = self.every_steps and progress.step % self.every_steps == 0
        if self.every_minutes:
            waited = self._clock() - self._last_saved
            due = due or waited >= 60 * self.every_minutes
        due = self._agree(due)
        if self.stop_signal is not None:
            self._model.stop_training = True
            due = True
        # At the end of an epoch, its other work comes first.
        self._waits = due and not progress.step_in_epoch
        if due and not self._waits:
            self.save()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self._waits or self.is_due():
            self.save()

    def ask_to_stop(self, number: int) -> None:
        """Lets training save and stop after a step, as a signal does.

        Args:
            number: int. Of the signal.
        """
        self._asked = number

    def _agree(self, due):
        """Whether any worker is due; takes over the signal of another."""
        # A signal may come while the others are waited for: it is for the next
        # step, and must not be overwritten by what they say of this one.
        asked = self.strategy.gather([self._asked or 0, bool(due)])
        self.stop_signal = int(asked[:, 0].max()) or None
        return bool(asked[:, 1].any())

    def _install_handlers(self):
        for number in SIGNALS:
            try:
                previous = signal.signal(number, self._on_signal)
            except ValueError:
                return  # Not the main thread: nothing to handle here.
            self._previous_handlers[number] = previous

    def _remove_handlers(self):
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)
        self._previous_handlers = {}

    def _on_signal(self, number, frame):
        self.ask_to_stop(number)
        self._remove_handlers()
        name = signal.Signals(number).name
        print(f"\n{name}: finishing this step, then saving.", flush=True)


def restore_means(model: keras.Model, values: list[Any] | None) -> bool:
    """Gives the running means of the logs the values of a checkpoint.

    Args:
        model: Compiled model.
        values: List, `metrics` of the saved state, or `None`.

    Returns:
        bool. Whether they fit: other settings may log other terms.
    """
    variables = model.metrics_variables
    if values is None or len(values) != len(variables):
        return False
    for variable, value in zip(variables, values, strict=True):
        variable.assign(np.asarray(value, variable.dtype))
    return True
