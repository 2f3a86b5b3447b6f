"""One step of two players, in stateful style; see `backend`."""

from typing import Any

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.batches import mini_batches
from keras_semsynth.gans.seen import Seen
from keras_semsynth.layers.precision import full_precision


def train_step(gan: keras.Model, data: Any) -> Terms:
    """Updates the generator, then the discriminator against its new images.

    Args:
        gan: `SemanticGAN`, compiled.
        data: `(inputs, image)` as `fit` hands it over.

    Returns:
        dict of everything that is logged.
    """
    batches = mini_batches(data, gan.input_names, gan.discriminator_steps)
    fake = update(gan, "generator", batches[0])
    if gan.discriminator is not None:
        for batch in batches:
            if not gan.reuse_fake:
                with backend.no_gradients():
                    fake = gan.synthesize(batch)["image"]
            update(gan, "discriminator", batch, ops.stop_gradient(fake))
    gan.update_average()
    return gan.logs()


def test_step(gan: keras.Model, data: Any) -> Terms:
    """Computes the terms of both players.

    Args:
        gan: As for `train_step`.
        data: As for `train_step`.

    Returns:
        dict of everything that is logged.
    """
    (batch,) = mini_batches(data, gan.input_names, 1)
    seen = gan.see(batch, training=False)
    gan.track("generator", *weigh(gan, "generator", seen))
    if gan.discriminator is not None:
        seen = gan.see(batch, seen["generated.image"], training=False)
        gan.track("discriminator", *weigh(gan, "discriminator", seen))
    return gan.logs()


def update(
    gan: keras.Model, player: str, batch: Batch, fake: Tensor | None = None
) -> Tensor:
    """Updates one player.

    Args:
        gan: As for `train_step`.
        player: str, `"generator"` or `"discriminator"`.
        batch: dict of the inputs and `image`.
        fake: Float tensor `(batch, height, width, 3)`, a constant, or `None`
            to generate images and differentiate them. Defaults to `None`.

    Returns:
        The images that the player's terms saw, a constant.
    """

    def loss():
        seen = gan.see(batch, fake)
        total, terms = weigh(gan, player, seen)
        return total, (terms, seen["generated.image"])

    variables = gan.variables_of(player)
    optimizer = getattr(gan.optimizer, player)
    total, (terms, images), gradients = gan.value_and_gradients(
        loss, variables, optimizer
    )
    gan.apply_clipped(optimizer, gradients, variables)
    gan.track(player, total, terms)
    return ops.stop_gradient(images)


def weigh(gan: keras.Model, player: str, seen: Seen) -> tuple[Tensor, Terms]:
    """Computes the loss of a player.

    Args:
        gan: As for `train_step`.
        player: str, `"generator"` or `"discriminator"`.
        seen: `Seen`.

    Returns:
        `(total, terms)`: the sum, and the weighted terms by name.
    """
    weighted = {
        term.name: full_precision(term(seen)) * term.weight
        for term in gan.terms_of(player)
    }
    return sum(weighted.values()), weighted
