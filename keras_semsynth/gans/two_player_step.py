"""One step of two players, in stateful style; see `backend`."""

from typing import Any

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.batches import joined
from keras_semsynth.gans.batches import mini_batches
from keras_semsynth.gans.batches import part
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
            fake = fake if gan.reuse_fake else None
            update(gan, "discriminator", batch, fake)
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
    """Updates one player once, by the mean gradient of the micro-batches.

    Args:
        gan: As for `train_step`.
        player: str, `"generator"` or `"discriminator"`.
        batch: dict of the inputs and `image`.
        fake: Float tensor `(batch, height, width, 3)` of images for the
            discriminator, or `None` to generate some. Defaults to `None`.

    Returns:
        The images that the player's terms saw, a constant.
    """
    variables = gan.variables_of(player)
    optimizer = getattr(gan.optimizer, player)
    count = gan.micro_batches
    start = ops.copy(gan.seed_generator.state) if count > 1 else None
    batch = {**batch, "fake": fake}
    gradients, found = None, []
    for i in range(count):
        micro = part(batch, i, count)
        if i:
            # What an earlier one needed is free by then, and all draw from
            # the same numbers, each for its own images.
            micro = backend.after(gradients, micro)
            gan.seed_generator.state.assign(start)
        with backend.micro_batch(i, count):
            own, *outcome = _differentiate(
                gan, player, micro, variables, optimizer
            )
        found.append(outcome)
        gradients = own if i == 0 else list(map(ops.add, gradients, own))
    if count > 1:
        gradients = [gradient / count for gradient in gradients]
    images, terms, measured = zip(*found, strict=True)
    images = joined(images)
    gradients = gan.reduce_gradients(gradients)
    is_made = gan.track_update(player, gradients)
    gan.apply_clipped(optimizer, gradients, variables)
    gan.track(player, _means(terms), is_made)
    if measured[0]:
        measured = _means(measured)
        certainty = measured["certainty"]
        if is_made is not None:
            certainty = ops.where(is_made, certainty, gan.augmenter.target)
        gan.augmenter.adapt(certainty, ops.shape(images)[0])
        gan.track("augmentation", measured, is_made)
    return images


def _differentiate(gan, player, batch, variables, optimizer):
    """Returns gradients, images, terms, and what augmentation adapts to."""
    fake = batch.pop("fake")
    if player == "discriminator":
        if fake is None:
            with backend.no_gradients():
                fake = gan.synthesize(batch)["image"]
        fake = ops.stop_gradient(fake)

    def loss():
        seen = gan.see(batch, fake)
        terms = weigh(gan, player, seen)
        measured = measure(gan, seen) if player == "discriminator" else {}
        return terms["total"], (seen["generated.image"], terms, measured)

    _, (images, terms, measured), gradients = gan.value_and_gradients(
        loss, variables, optimizer
    )
    return gradients, ops.stop_gradient(images), terms, measured


def _means(parts):
    """Averages terms of micro-batches by name."""
    first, *others = parts
    if not others:
        return first
    return {
        name: sum((terms[name] for terms in others), value) / len(parts)
        for name, value in first.items()
    }


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
        # A copy: the variable itself would be read after it has adapted.
        "probability": ops.copy(gan.augmenter.present_probability),
        "certainty": sum(values[1:], values[0]) / len(values),
    }
