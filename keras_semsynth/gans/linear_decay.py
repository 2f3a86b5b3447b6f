"""Learning rate schedule of the SPADE family."""

import keras
from keras import ops

from keras_semsynth.layers.arguments import check_not_negative


@keras.saving.register_keras_serializable(package="keras_semsynth")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Holds the learning rate, then lowers it in equal steps, epoch by epoch.

    With epochs counted from 1 the rate in force during epoch `e` is
    `learning_rate * (1 - max(0, e - constant_epochs - 1) / decay_epochs)`:
    the first reduction happens after epoch `constant_epochs + 1`, the last of
    all epochs still has `learning_rate / decay_epochs`, and nothing is learned
    after it. The epoch is computed from the optimizer's step, so a resumed run
    goes on where it stopped.

    A longer run does not raise the rate again: `resumed` returns a schedule
    that stays at the rate that was reached until its own decay falls below.

    Args:
        learning_rate: float. Rate of the constant phase.
        constant_epochs: int. Epochs before the decay.
        decay_epochs: int. Epochs of the decay; `0` keeps the rate constant
            for ever. Defaults to `0`.
        steps_per_epoch: int. Steps the optimizer makes in an epoch.
            Defaults to `1`.
        offset: int. Added to the optimizer's step, where earlier epochs had
            more or fewer steps. Defaults to `0`.
        highest: float or `None`. Bound of the rate. Defaults to `None`.

    Raises:
        ValueError: If a number is out of range.

    Example:

    >>> schedule = LinearDecay(2e-4, 100, 100, steps_per_epoch=1000)
    >>> generator_schedule = schedule.scaled(0.5)
    """

    def __init__(
        self,
        learning_rate: float,
        constant_epochs: int,
        decay_epochs: int = 0,
        steps_per_epoch: int = 1,
        offset: int = 0,
        highest: float | None = None,
    ):
        super().__init__()
        if constant_epochs < 0 or decay_epochs < 0:
            raise ValueError(
                "`constant_epochs` and `decay_epochs` must not be negative. "
                f"Received: constant_epochs={constant_epochs}, "
                f"decay_epochs={decay_epochs}."
            )
        if steps_per_epoch < 1:
            raise ValueError(
                "`steps_per_epoch` must be a positive integer. "
                f"Received: steps_per_epoch={steps_per_epoch}."
            )
        check_not_negative(learning_rate=learning_rate)
        if highest is not None:
            check_not_negative(highest=highest)
        self.learning_rate = float(learning_rate)
        self.constant_epochs = int(constant_epochs)
        self.decay_epochs = int(decay_epochs)
        self.steps_per_epoch = int(steps_per_epoch)
        self.offset = int(offset)
        self.highest = highest

    def __call__(self, step):
        if not self.decay_epochs:
            return ops.convert_to_tensor(self.learning_rate, dtype="float32")
        # Whole numbers until here: float32 cannot count beyond 16 million.
        step = ops.cast(step, "int32") + self.offset
        epoch = ops.floor_divide(step, self.steps_per_epoch)
        reductions = ops.clip(
            epoch - self.constant_epochs, 0, self.decay_epochs
        )
        remaining = self.decay_epochs - reductions
        rate = (
            ops.cast(remaining, "float32")
            * self.learning_rate
            / self.decay_epochs
        )
        return rate if self.highest is None else ops.minimum(rate, self.highest)

    def scaled(self, factor: float, steps_factor: int = 1) -> "LinearDecay":
        """Returns the same schedule with another height or pace.

        Args:
            factor: float. Multiplies the rate, e.g. `0.5` for the generator
                and `2.0` for the discriminator under TTUR.
            steps_factor: int. Steps of that optimizer in one training step,
                e.g. `discriminator_steps`. Defaults to `1`.

        Returns:
            `LinearDecay`.
        """
        return LinearDecay(
            self.learning_rate * factor,
            self.constant_epochs,
            self.decay_epochs,
            self.steps_per_epoch * steps_factor,
            self.offset * steps_factor,
            None if self.highest is None else self.highest * factor,
        )

    def resumed(
        self, offset: int, highest: float | None = None
    ) -> "LinearDecay":
        """Returns the schedule of a run that goes on.

        Args:
            offset: int. As for the constructor.
            highest: float or `None`. The last rate, which the run must not
                exceed; if `None`, the schedule holds as it is.
                Defaults to `None`.

        Returns:
            `LinearDecay`.
        """
        return LinearDecay(
            self.learning_rate,
            self.constant_epochs,
            self.decay_epochs,
            self.steps_per_epoch,
            offset,
            highest,
        )

    def get_config(self):
        return {
            "learning_rate": self.learning_rate,
            "constant_epochs": self.constant_epochs,
            "decay_epochs": self.decay_epochs,
            "steps_per_epoch": self.steps_per_epoch,
            "offset": self.offset,
            "highest": self.highest,
        }
