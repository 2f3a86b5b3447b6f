import math
from collections.abc import Callable

import keras

from keras_semsynth.gans.finite_state import broken_training
from keras_semsynth.gans.finite_state import check_finite


class StopOnNonFinite(keras.callbacks.Callback):
    """Stops training with an error as soon as a number is NaN or infinite.

    Looks at the loss terms after every step, and at all variables at the end
    of an epoch: the last update may have broken what no loss has seen yet.
    `SemanticGAN.fit` puts it before all other callbacks if there is none
    among them, so that none of them saves broken weights.

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

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._step = batch + 1
        broken = [
            f"{name}={float(value)}"
            for name, value in (logs or {}).items()
            if not math.isfinite(float(value))
        ]
        if broken:
            # `_model`: of its settings alone, so nothing need be fetched.
            raise broken_training(self._model, self.where(), ", ".join(broken))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        # `model`: on JAX the access brings the state back into the model.
        check_finite(self.model, self.where())

    def _where(self):
        steps = self.params.get("steps")
        of = f" of {steps}" if steps else ""
        return f"epoch {self._epoch + 1}, step {self._step}{of}"
