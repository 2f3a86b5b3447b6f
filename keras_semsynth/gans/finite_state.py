"""Whether all that a run goes on from are finite numbers."""

from collections.abc import Iterable

import keras
from keras import ops

from keras_semsynth.gans.optimizer_group import OptimizerGroup

NETWORKS = (
    "generator",
    "discriminator",
    "encoder",
    "ema_generator",
    "perceptual",
)


def check_finite(model: keras.Model, where: str) -> None:
    """Raises `FloatingPointError` if a variable holds NaN or infinity.

    Weights, statistics, the moving average, what the optimizers keep and the
    means of the log: whatever is of a floating type.

    Args:
        model: The GAN, or another compiled model.
        where: str. The step that has just been made, in words.
    """
    broken = broken_parts(model)
    if broken:
        raise broken_training(
            model,
            where,
            f"there are NaN or infinite numbers in {', '.join(broken)}",
        )


def broken_parts(model: keras.Model) -> list[str]:
    """Names what holds a number that is NaN or infinite.

    Args:
        model: The GAN, or another compiled model.

    Returns:
        List of names of networks, of the optimizers of players, or, for what
        is of none of them, of the model.
    """
    known: set[int] = set()
    broken = []
    for name, variables in _parts(model):
        own = [v for v in variables if id(v) not in known]
        known |= {id(v) for v in own}
        if not _all_finite(own):
            broken.append(name)
    return broken


def broken_training(
    model: keras.Model, where: str, what: str
) -> FloatingPointError:
    """Says why training stopped, and what may be done against it.

    Args:
        model: The GAN, or another compiled model.
        where: str. The step that has just been made, in words.
        what: str. What is wrong, in words.

    Returns:
        `FloatingPointError`.
    """
    return FloatingPointError(
        f"Training stopped in {where}: {what}. {_advice(model)}"
    )


def in_float32(model: keras.Model) -> bool:
    """Whether a model computes in float32.

    Args:
        model: The GAN, or another model.

    Returns:
        bool.
    """
    # A GAN itself has no numbers; its networks compute.
    network = getattr(model, "generator", model)
    return network.dtype_policy.compute_dtype == "float32"


def _advice(model):
    advice = ["lower the learning rate"]
    if isinstance(getattr(model, "optimizer", None), OptimizerGroup):
        if model.clip_norm is None:
            advice.append("set `clip_norm`")
        else:
            advice.append(f"lower `clip_norm` (it is {model.clip_norm:g})")
    if not in_float32(model):
        advice.append("train in float32")
    *first, last = advice
    text = f"{', '.join(first)} or {last}." if first else f"{last}."
    return text[0].upper() + text[1:]


def _parts(model):
    for name in NETWORKS:
        network = getattr(model, name, None)
        if network is not None:
            yield name, network.variables
    group = getattr(model, "optimizer", None)
    if isinstance(group, OptimizerGroup):
        for player, optimizer in group.members().items():
            yield f"the optimizer of the {player}", optimizer.variables
    if group is not None:
        yield "the optimizer", group.variables
    yield model.name, model.variables


def _all_finite(variables: Iterable[keras.Variable]) -> bool:
    # On the device; one number comes back.
    found = [
        ops.all(ops.isfinite(ops.convert_to_tensor(variable)))
        for variable in variables
        if "float" in variable.dtype
    ]
    return not found or bool(ops.convert_to_numpy(ops.all(ops.stack(found))))
