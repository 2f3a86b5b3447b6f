import math

import keras


class StopOnNonFinite(keras.callbacks.Callback):
    """Stops training with an error as soon as a loss term is NaN or infinite.

    `SemanticGAN.fit` puts it before all other callbacks, so that none of them
    saves the broken weights.

    Raises:
        FloatingPointError: Out of `fit`, naming the terms and the step.
    """

    def __init__(self):
        super().__init__()
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        broken = [
            f"{name}={float(value)}"
            for name, value in (logs or {}).items()
            if not math.isfinite(float(value))
        ]
        if broken:
            raise FloatingPointError(
                f"Training stopped in epoch {self.epoch + 1}, step {batch + 1}:"
                f" {', '.join(broken)}. Checkpoints written before are "
                "untouched. Lower the learning rate, set `clip_norm`, or train "
                "in float32."
            )
