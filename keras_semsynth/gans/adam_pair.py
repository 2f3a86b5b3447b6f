"""The two optimizers of a GAN, as the papers set them."""

import keras

from keras_semsynth.gans.corrected_adam import CorrectedAdam
from keras_semsynth.gans.linear_decay import LinearDecay
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_positive
from keras_semsynth.layers.arguments import check_share

EPSILON = 1e-8


class AdamPair:
    """Adam for both players: rates, betas and decay, decided in one place.

    With the two time-scale update rule (TTUR) the generator has half the base
    rate and the discriminator twice of it, and Adam's betas are
    `(0, gan.beta_2)`; without it both have the base rate and
    `gan.plain_betas`. Each number may be given itself instead.

    Args:
        learning_rate: float. Base learning rate of both players; in Python
            also a schedule with a method `scaled(factor, steps_factor)`, such
            as `LinearDecay`. Defaults to `2e-4`.
        ttur: bool. Two time-scale update rule: half the rate for the
            generator, twice the rate for the discriminator, Adam with
            `(0, beta_2 of the paper)` instead of `(0.5, 0.999)`.
            Defaults to `True`.
        generator_learning_rate: float or `None`. Learning rate of the
            generator. Unset: from `learning_rate` and `ttur`.
            Defaults to `None`.
        discriminator_learning_rate: float or `None`. Learning rate of the
            discriminator. Unset: from `learning_rate` and `ttur`.
            Defaults to `None`.
        beta_1: float or `None`, in `[0, 1)`. Adam's beta_1. Unset: from
            `ttur`. Defaults to `None`.
        beta_2: float or `None`, in `[0, 1)`. Adam's beta_2. Unset: from
            `ttur` and the paper. Defaults to `None`.
        decay_epochs: int. The last so many of the epochs lower the learning
            rate linearly. A run that is made longer does not raise it again.
            Defaults to `0`.
        epochs: int or `None`. Epochs of the whole training; needed for
            `decay_epochs`. Defaults to `None`.
        steps_per_epoch: int or `None`. Training steps in an epoch; needed for
            `decay_epochs`. Defaults to `None`.

    Raises:
        ValueError: If a number is out of range, or `decay_epochs` is given
            without the length of the training.

    Example:

    >>> gan.compile(keras_semsynth.gans.AdamPair(learning_rate=4e-4))

    Reference:
        - [TTUR, NeurIPS 2017](https://arxiv.org/abs/1706.08500)
    """

    def __init__(
        self,
        learning_rate: float = 2e-4,
        ttur: bool = True,
        generator_learning_rate: float | None = None,
        discriminator_learning_rate: float | None = None,
        beta_1: float | None = None,
        beta_2: float | None = None,
        decay_epochs: int = 0,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
    ):
        for check, arguments in (
            (
                check_positive,
                {
                    "generator_learning_rate": generator_learning_rate,
                    "discriminator_learning_rate": discriminator_learning_rate,
                },
            ),
            (check_share, {"beta_1": beta_1, "beta_2": beta_2}),
        ):
            check(**{k: v for k, v in arguments.items() if v is not None})
        check_at_least(0, decay_epochs=decay_epochs)
        if isinstance(learning_rate, (int, float)):
            check_positive(learning_rate=learning_rate)
        elif not hasattr(learning_rate, "scaled"):
            raise ValueError(
                "`learning_rate` must be a float or a schedule with a method "
                "`scaled(factor, steps_factor)`. Pass optimizers of your own "
                "for other schedules. Received: "
                f"learning_rate={learning_rate}."
            )
        if decay_epochs and (epochs is None or steps_per_epoch is None):
            raise ValueError(
                "`decay_epochs` needs `epochs` and `steps_per_epoch`, the "
                f"length of the training. Received: epochs={epochs}, "
                f"steps_per_epoch={steps_per_epoch}."
            )
        if epochs is not None and decay_epochs > epochs:
            raise ValueError(
                f"`decay_epochs={decay_epochs}` must not exceed "
                f"`epochs={epochs}`, of which it is the last part."
            )
        self.learning_rate = learning_rate
        self.ttur = ttur
        self.generator_learning_rate = generator_learning_rate
        self.discriminator_learning_rate = discriminator_learning_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.decay_epochs = decay_epochs
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch

    def make(
        self, gan: keras.Model
    ) -> tuple[CorrectedAdam, CorrectedAdam | None]:
        """Makes the optimizers of a GAN.

        Args:
            gan: `SemanticGAN`, of which the paper's betas and the number of
                discriminator steps are read.

        Returns:
            `(generator_optimizer, discriminator_optimizer)`; the latter is
            `None` for an objective without discriminator.

        Raises:
            ValueError: If there is a rate for a discriminator, but none of
                those.
        """
        betas = (0.0, gan.beta_2) if self.ttur else gan.plain_betas
        beta_1 = betas[0] if self.beta_1 is None else self.beta_1
        beta_2 = betas[1] if self.beta_2 is None else self.beta_2

        def adam(own_rate, factor, steps):
            # A training step holds `steps` updates of this player.
            return CorrectedAdam(
                self._rate(own_rate, factor if self.ttur else 1.0, steps),
                beta_1=beta_1,
                beta_2=beta_2,
                epsilon=EPSILON,
            )

        generator = adam(self.generator_learning_rate, 0.5, 1)
        rate = self.discriminator_learning_rate
        if gan.discriminator is not None:
            return generator, adam(rate, 2.0, gan.discriminator_steps)
        if rate is not None:
            raise ValueError(
                f"`discriminator_learning_rate={rate}` has no effect, since "
                f"{type(gan).__name__} trains without a discriminator: leave "
                "it out."
            )
        return generator, None

    def _rate(self, own_rate, factor, steps):
        if own_rate is None and hasattr(self.learning_rate, "scaled"):
            return self.learning_rate.scaled(factor, steps)
        rate = self.learning_rate * factor if own_rate is None else own_rate
        if not self.decay_epochs:
            return rate
        return LinearDecay(
            rate,
            self.epochs - self.decay_epochs,
            self.decay_epochs,
            self.steps_per_epoch * steps,
        )
