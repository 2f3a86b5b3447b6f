import math
from collections.abc import Callable
from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from keras_semsynth.gans.finite_state import broken_training
from keras_semsynth.gans.finite_state import check_finite
from keras_semsynth.gans.late_logs import LateLogs

# Loss scaling halves its scale with each of them: it has nothing left then.
MOST_SKIPPED = 20


class StopOnNonFinite(keras.callbacks.Callback):
    """Stops training with an error as soon as a number is NaN or infinite.

    Looks at the loss terms of every step, and at all variables at the end of
    an epoch: the last update may have broken what no loss has seen yet. With
    loss scaling (float16), updates with such gradients are skipped, and
    training stops after 20 of them in a row. `SemanticGAN.fit` puts it before
    all other callbacks if there is none among them, so that none of them saves
    broken weights.

    Where logs are `LateLogs`, it computes one number from them on the device,
    and reads it after the next step: no step waits for it.

    Args:
        where: Function without arguments that says in words which step has
            just been made. Defaults to `None`: counted from the start of
            `fit`.

    Raises:
        FloatingPointError: Out of `fit`, naming the terms or networks and the
            step.
    """

    def __init__(self, where: Callable[[], str] | None = None):
        super().__init__()
        self.where = where or self._where
        self._epoch = 0
        self._step = 0
        self._unread = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(
        self, batch: int, logs: Mapping | None = None
    ) -> None:
        self._step = batch + 1
        if not isinstance(logs, LateLogs):
            self._check(logs or {}, self.where())
            return
        self._read()
        if logs:
            self._unread = _is_good(logs.tensors), logs, self.where()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._read()
        # `model`: on JAX the access brings the state back into the model.
        check_finite(self.model, self.where())

    def _read(self):
        """Looks at what the last step has left."""
        unread, self._unread = self._unread, None
        if unread is not None and not bool(ops.convert_to_numpy(unread[0])):
            self._check(*unread[1:])

    def _check(self, logs, where):
        broken = [
            f"{name}={value}"
            for name, value in logs.items()
            if not math.isfinite(float(value))
        ]
        what = ", ".join(broken)
        if not broken:
            players = [
                name.partition("/")[0]
                for name, value in logs.items()
                if name.endswith("/skipped") and float(value) >= MOST_SKIPPED
            ]
            what = (
                f"the last {MOST_SKIPPED} gradients of the "
                f"{' and the '.join(players)} were NaN or infinite"
            )
            if not players:
                return
        # `_model`: of its settings alone, so nothing need be fetched.
        raise broken_training(self._model, where, what)

    def _where(self):
        steps = self.params.get("steps")
        of = f" of {steps}" if steps else ""
        return f"epoch {self._epoch + 1}, step {self._step}{of}"


def _is_good(tensors):
    """Whether training may go on, as a tensor."""
    values = ops.stack([ops.cast(x, "float32") for x in tensors.values()])
    most = [
        MOST_SKIPPED if name.endswith("/skipped") else np.inf
        for name in tensors
    ]
    return ops.all(
        ops.logical_and(
            ops.isfinite(values), ops.less(values, np.float32(most))
        )
    )
