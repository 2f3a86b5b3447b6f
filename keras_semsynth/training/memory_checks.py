"""Refuses what this machine could not hold, before any of it is made."""

import dataclasses

from keras_semsynth import backend
from keras_semsynth.data import Preprocessing
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_discriminator
from keras_semsynth.experiments import build_encoder
from keras_semsynth.experiments import build_generator
from keras_semsynth.experiments.build import about_part
from keras_semsynth.experiments.parts import find_choice

# A float32 image and an int32 label map.
PIXEL_BYTES = 16
# Batches in memory together: two wait, one is trained on.
BATCHES = 3
# A number of the epoch's permutation, while it is drawn.
ORDER_BYTES = 16
# A resized sample, before it is cropped.
SAMPLE_PIXEL_BYTES = 4


def check_batch_memory(
    geometry: Preprocessing, batch_size: int, steps: int = 1
) -> None:
    """Checks that training batches fit into the memory of this machine.

    Args:
        geometry: `Preprocessing` of training.
        batch_size: int. Images in a batch, for all its steps of the
            discriminator.
        steps: int. How many these are. Defaults to `1`.

    Raises:
        PartError: If they could not.
    """
    if geometry.image_size is None:
        return
    # Of an image as wide as high; files of another shape are larger.
    height, width = geometry.resized_size(256, 256)
    with about_part("data"):
        backend.require_memory(
            height * width * SAMPLE_PIXEL_BYTES,
            f"A sample of {height}x{width} pixels",
            "`image_size`" if geometry.mode == "fixed" else "`load_size`",
            computed=False,
        )
    height, width = geometry.image_size
    one = height * width * PIXEL_BYTES * BATCHES
    with about_part("run"):
        backend.require_memory(
            one,
            f"Images of {height}x{width} pixels",
            "`image_size`",
            computed=False,
        )
        backend.require_memory(
            batch_size * one,
            f"Batches of {batch_size} images of {height}x{width}",
            "`batch_size`, `objective.discriminator_steps` or `image_size`"
            if steps > 1
            else "`batch_size` or `image_size`",
            computed=False,
        )


def check_samples_memory(geometry: Preprocessing, count: int) -> None:
    """Checks that the samples of a grid fit into the memory.

    Args:
        geometry: `Preprocessing`.
        count: int. Samples that are shown.

    Raises:
        PartError: If they could not.
    """
    if geometry.image_size is None:
        return
    height, width = geometry.image_size
    with about_part("run"):
        backend.require_memory(
            # As they are read, and as the picture that shows them.
            2 * count * height * width * PIXEL_BYTES,
            f"Sample grids of {count} images of {height}x{width}",
            "`sample_count`",
            computed=False,
        )


def check_order_memory(count: int) -> None:
    """Checks that the order of an epoch fits into the memory.

    Args:
        count: int. Samples of the dataset; only those that are made when they
            are asked for can be so many.

    Raises:
        PartError: If it could not.
    """
    with about_part("data"):
        backend.require_memory(
            count * ORDER_BYTES,
            f"The order of {count} samples",
            "`count`",
            computed=False,
        )


def check_state_memory(
    experiment: Experiment, space: LabelSpace, replicas: int = 1
) -> None:
    """Checks that weights and optimizers fit into the memory.

    Args:
        experiment: `Experiment`.
        space: `LabelSpace` of the networks.
        replicas: int. Devices that have a copy each. Defaults to `1`.

    Raises:
        PartError: If they could not, or a network cannot be built.
    """
    state = {
        kind: count_state(experiment, space, kind)
        for kind in ("generator", "discriminator", "encoder")
    }
    if backend.device_memory() is not None:
        # Logical devices are parts of one; other replicas have a device each.
        replicas = 1
    needed = 4 * replicas * sum(state.values())
    total = backend.total_memory()
    if total is None or needed <= total:
        return
    largest = max(state, key=state.get)
    lower = _heaviest(experiment, space, largest, state[largest])
    with about_part(largest):
        backend.require_memory(
            needed,
            "Weights and optimizers of the networks",
            " or ".join(f"`{name}`" for name in lower),
        )


def count_state(experiment: Experiment, space: LabelSpace, kind: str) -> int:
    """Counts the numbers that training keeps of a network.

    Args:
        experiment: `Experiment`.
        space: `LabelSpace` of the networks.
        kind: str, `"generator"`, `"discriminator"` or `"encoder"`.

    Returns:
        int: variables, their average and what the optimizer knows of them; `0`
        if there is no such network.

    Raises:
        PartError: If the network cannot be built.
    """
    settings = experiment.settings()
    averages = kind == "generator" and (
        settings["objective"].get("ema_decay") is not None
    )
    # Two moments of Adam, and perhaps the sum of gradients.
    slots = 2 + (settings["optimizers"]["micro_batches"] > 1)

    # Outside first: pretrained weights are read once, and must have values.
    if _MAKERS[kind](experiment, space) is None:
        return 0

    def count():
        network = _MAKERS[kind](experiment, space)
        with about_part(kind):
            network.build()
        kept = backend.count_numbers(network.variables)
        trained = backend.count_numbers(network.trainable_variables)
        return kept * (1 + averages) + trained * slots

    return backend.unallocated(count)


_MAKERS = {
    "generator": build_generator,
    "discriminator": build_discriminator,
    "encoder": build_encoder,
}


def _heaviest(experiment, space, kind, whole):
    """Names the arguments, two at most, that make a network large."""
    part = getattr(experiment, kind)
    known = find_choice(kind, part.name).arguments
    # Those that are not as they come, or else all widths.
    changes = {n: known[n].default for n in part.arguments if n in known}
    gains = _gains(experiment, space, kind, whole, changes)
    if not gains:
        settings = experiment.settings()[kind]
        changes = {
            name: value // 2
            for name, value in settings.items()
            if "filters" in name and isinstance(value, int)
        }
        gains = _gains(experiment, space, kind, whole, changes)
    if "num_classes" in experiment.settings()["data"]:
        fewer = dataclasses.replace(space, num_classes=1)
        gain = whole - count_state(experiment, fewer, kind)
        # Labels are no more than a part of what reads them.
        if gain > whole / 2:
            gains["num_classes"] = gain
    names = sorted(gains, key=gains.get, reverse=True)
    return [n for n in names[:2] if gains[n] > gains[names[0]] / 2]


def _gains(experiment, space, kind, whole, changes):
    """Numbers that a network would have less, by the argument."""
    gains = {}
    for name, value in changes.items():
        try:
            changed = experiment.replace(**{kind: {name: value}})
            count = count_state(changed, space, kind)
        except ValueError:
            continue
        if count < whole:
            gains[f"{kind}.{name}"] = whole - count
    return gains
