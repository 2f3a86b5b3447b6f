"""How a run goes on after its numbers broke, or its memory was full."""

from collections.abc import Mapping
from typing import Any

from keras_semsynth import backend
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.gans.finite_state import in_float32
from keras_semsynth.training.footprint import Footprint


def say_how_to_go_on(
    gan: SemanticGAN, optimizers: Mapping[str, Any], saved_step: int | None
) -> str:
    """Says with which arguments the same run directory can be used again.

    Args:
        gan: The GAN whose numbers are not finite any more.
        optimizers: Mapping. Arguments of its optimizers that are not the
            defaults.
        saved_step: int or `None`. Step of the newest checkpoint.

    Returns:
        str, one sentence.
    """
    own_rates = [
        f"{player}_learning_rate"
        for player in gan.optimizer.members()
        if optimizers.get(f"{player}_learning_rate") is not None
    ]
    names = own_rates
    # It is the rate of those that have none of their own.
    if len(own_rates) < len(gan.optimizer.members()):
        names = ["learning_rate", *own_rates]
    settings = [f"`{name}`" for name in (*names, "clip_norm")]
    if not in_float32(gan):
        settings.append("`precision=float32`")
    *first, last = settings
    again = f"run it again with {', '.join(first)} or {last} changed"
    if saved_step is None:
        return f"No checkpoint had been saved: {again}, and it begins anew."
    return (
        f"The checkpoint of step {saved_step} is intact: {again} and "
        "`resume=changed`, and it goes on from there."
    )


def say_how_to_need_less(
    images: int, footprint: Footprint | None, saved_step: int | None
) -> str:
    """Says what a step needed and how the same run directory can be used.

    Args:
        images: int. Images of a training step.
        footprint: `Footprint` that was estimated, or `None`.
        saved_step: int or `None`. Step of the newest checkpoint.

    Returns:
        str, two sentences.
    """
    expected = ""
    if footprint is not None:
        size = backend.say_bytes(footprint.memory_bytes)
        expected = f" (about {size} were expected)"
    needed = (
        f"A training step on {images} images needed more memory than there is"
        f"{expected}."
    )
    again = "run it again with a lower `batch_size` or more `micro_batches`"
    if saved_step is None:
        return (
            f"{needed} No checkpoint had been saved: {again}, and it begins "
            "anew."
        )
    return (
        f"{needed} The checkpoint of step {saved_step} is intact: {again} and "
        "`resume=changed`, and it goes on from there."
    )


def say_how_to_restart(saved_step: int | None) -> str:
    """Says that a worker is gone, and how the run goes on.

    Args:
        saved_step: int or `None`. Step of the newest checkpoint.

    Returns:
        str, two sentences.
    """
    where = "from the beginning"
    if saved_step is not None:
        where = f"from the checkpoint of step {saved_step}"
    return (
        "Another worker has ended, and its share of the batch with it. Start "
        f"all workers again, as many as there are: the run goes on {where}."
    )
