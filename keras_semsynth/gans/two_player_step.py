import types
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.batches import mini_batches
from keras_semsynth.gans.two_player_model import TwoPlayerModel
from keras_semsynth.layers.precision import full_precision


class TwoPlayerStep(TwoPlayerModel):
    """One training step of two players, and its log of named terms.

    `SemanticGAN` supplies the attributes `generator`, `discriminator` (`None`
    if there is one player only), `generator_weights`,
    `discriminator_weights`, `input_names`, `discriminator_steps` and
    `reuse_fake`, and the methods `synthesize(batch)`,
    `generator_terms(batch, training)`,
    `discriminator_terms(batch, fake, training)`, `generator_variables()` and
    `update_average()`.

    Args:
        **kwargs: Base model arguments such as `name` and `dtype`.
    """

    # What the perceptual network differs in from that of SPADE.
    feature_options: Mapping[str, Any] = types.MappingProxyType({})
    # Arguments of `SemanticGAN` that mean nothing to an objective.
    fixed_arguments: tuple[str, ...] = ()

    @property
    def term_names(self) -> list[str]:
        """Names of everything that is logged, in order."""
        return [
            f"{player}/{term}"
            for player, weights in (
                ("generator", self.generator_weights),
                ("discriminator", self.discriminator_weights),
            )
            if getattr(self, player) is not None
            for term in [*weights, "total"]
        ]

    def track_terms(self) -> None:
        """Creates the metrics; call it once the weights are known."""
        self._trackers = {
            name: keras.metrics.Mean(name=name) for name in self.term_names
        }

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self._trackers.values())

    def discriminator_variables(self) -> list[keras.Variable]:
        """What the discriminator's optimizer updates."""
        if self.discriminator is None:
            return []
        return list(self.discriminator.trainable_variables)

    def gan_step(self, data: Any) -> Terms:
        """One training step, in stateful style; see `backend`."""
        batches = mini_batches(data, self.input_names, self.discriminator_steps)
        fake = self._generator_step(batches[0])
        if self.discriminator is not None:
            for batch in batches:
                if not self.reuse_fake:
                    fake = None
                self._discriminator_step(batch, fake)
        self.update_average()
        return self._logs()

    def _generator_step(self, batch):
        def loss():
            terms, fake = self.generator_terms(batch)
            total, terms = self._weigh(self.generator_weights, terms)
            return total, (terms, fake)

        variables = self.generator_variables()
        optimizer = self.optimizer.generator
        total, (terms, fake), gradients = self.value_and_gradients(
            loss, variables, optimizer
        )
        self.apply_clipped(optimizer, gradients, variables)
        self._track("generator", total, terms)
        return ops.stop_gradient(fake)

    def _discriminator_step(self, batch, fake):
        if fake is None:
            with backend.no_gradients():
                fake = self.synthesize(batch)["image"]
            fake = ops.stop_gradient(fake)

        def loss():
            terms = self.discriminator_terms(batch, fake)
            return self._weigh(self.discriminator_weights, terms)

        variables = self.discriminator_variables()
        optimizer = self.optimizer.discriminator
        total, terms, gradients = self.value_and_gradients(
            loss, variables, optimizer
        )
        self.apply_clipped(optimizer, gradients, variables)
        self._track("discriminator", total, terms)

    def gan_test_step(self, data: Any) -> Terms:
        """One evaluation step, in stateful style; see `backend`."""
        for batch in mini_batches(data, self.input_names, 1):
            terms, fake = self.generator_terms(batch, training=False)
            total, terms = self._weigh(self.generator_weights, terms)
            self._track("generator", total, terms)
            if self.discriminator is None:
                continue
            terms = self.discriminator_terms(batch, fake, training=False)
            total, terms = self._weigh(self.discriminator_weights, terms)
            self._track("discriminator", total, terms)
        return self._logs()

    def _weigh(self, weights, terms):
        if set(weights) != set(terms):
            raise ValueError(
                "The terms of an objective must have the names of its weights."
                f" Expected: {sorted(weights)}. Received: {sorted(terms)}."
            )
        weighted = {
            name: full_precision(terms[name]) * weight
            for name, weight in weights.items()
        }
        return sum(weighted.values()), weighted

    def _track(self, player, total, terms):
        for name, value in [*terms.items(), ("total", total)]:
            self._trackers[f"{player}/{name}"].update_state(value)

    def _logs(self):
        return {
            name: tracker.result() for name, tracker in self._trackers.items()
        }
