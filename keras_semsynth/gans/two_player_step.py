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
    gan.track("generator", weigh(gan, "generator", seen))
    if gan.discriminator is not None:
        seen = gan.see(batch, seen["generated.image"], training=False)
        gan.track("discriminator", weigh(gan, "discriminator", seen))
        gan.track("augmentation", measure(gan, seen))
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
        terms = weigh(gan, player, seen)
        measured = measure(gan, seen) if player == "discriminator" else {}
        return terms["total"], (terms, seen["generated.image"], measured)

    variables = gan.variables_of(player)
    optimizer = getattr(gan.optimizer, player)
    _, (terms, images, measured), gradients = gan.value_and_gradients(
        loss, variables, optimizer
    )
    gan.apply_clipped(optimizer, gradients, variables)
    gan.track(player, terms)
    if measured:
        gan.augmenter.adapt(measured["certainty"], ops.shape(images)[0])
        gan.track("augmentation", measured)
    return ops.stop_gradient(images)


def weigh(gan: keras.Model, player: str, seen: Seen) -> Terms:
    """Computes the loss of a player.

    Args:
        gan: As for `train_step`.
        player: str, `"generator"` or `"discriminator"`.
        seen: `Seen`.

    Returns:
        dict of the weighted terms by name, and `total`, their sum.
    """
    weighted = {
        term.name: full_precision(term(seen)) * term.weight
        for term in gan.terms_of(player)
    }
    return {**weighted, "total": sum(weighted.values())}


def measure(gan: keras.Model, seen: Seen) -> Terms:
    """Says how sure the discriminator is of real images, if that matters.

    Args:
        gan: As for `train_step`.
        seen: `Seen`.

    Returns:
        dict of `certainty`, the mean of what the discriminator's terms say,
        and the `probability` of augmentation that adapts to it; empty if none
        does.
    """
    if gan.augmenter is None or not gan.augmenter.is_adaptive:
        return {}
    values = [
        term.certainty(*(seen[name] for name in term.reads))
        for term in gan.terms_of("discriminator")
        if term.tells_certainty
    ]
    return {
        "probability": ops.convert_to_tensor(gan.augmenter.present_probability),
        "certainty": sum(values[1:], values[0]) / len(values),
    }
