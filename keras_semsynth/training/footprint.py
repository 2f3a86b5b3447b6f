"""What a training run needs of memory and disk, told before it starts."""

import dataclasses
import functools
import math
from typing import Any

import keras

from keras_semsynth import backend
from keras_semsynth.backend import say_bytes
from keras_semsynth.experiments import PartError
from keras_semsynth.files.progress_line import format_seconds
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.gans.batches import as_inputs
from keras_semsynth.gans.two_player_step import weigh
from keras_semsynth.training.report import count_parameters
from keras_semsynth.training.strategies import Strategy

# Fitted to the peaks that `benchmarks/memory.py` measures on a CPU: the process
# with its compiled step; gradients beside the state; what a step keeps besides
# the outputs of its layers.
PROCESS_BYTES = 1.3 * 2**30
STATE_FACTOR = 1.2
OUTPUT_FACTOR = 4.5
# The estimate is 0.8 to 1.2 of what is measured: then it cannot be so wrong.
HOPELESS_FACTOR = 3
LOWER = (
    "raise `micro_batches`, or lower `batch_size`, `image_size` or "
    "`generator.filters`"
)


@dataclasses.dataclass(frozen=True)
class Footprint:
    """Size of the networks of a run, and what training them takes.

    As a str it is the sentence that is printed.

    Args:
        parameters: dict, network -> numbers that are trained.
        checkpoint_bytes: int. One checkpoint: weights, average, optimizers.
        memory_bytes: int. Estimated peak of the process, or on an accelerator
            of its memory.
        batch_size: int. Images in the batch that it was estimated for.
        replicas: int. Devices that share the batch, each of which needs the
            memory; on CPUs, processes. Defaults to `1`.
    """

    parameters: dict[str, int]
    checkpoint_bytes: int
    memory_bytes: int
    batch_size: int
    replicas: int = 1

    def __str__(self) -> str:
        networks = ", ".join(
            f"{name} {count / 1e6:.2f} M"
            for name, count in self.parameters.items()
        )
        free = backend.free_memory()
        if free is not None:
            doubt = "" if self.fits else f", which may not suffice: {LOWER}"
            free = f" ({say_bytes(free)} are free{doubt})"
        what = "processes" if on_cpu() else "devices"
        each = f" on each of {self.replicas} {what}" * (self.replicas > 1)
        return (
            f"Parameters: {networks}. A checkpoint takes "
            f"{say_bytes(self.checkpoint_bytes)}; training at batch "
            f"{self.batch_size} takes about {say_bytes(self.memory_bytes)} of "
            f"memory{each}{free or ''}."
        )

    @property
    def fits(self) -> bool:
        """Whether the free memory suffices, as far as that is known."""
        free = backend.free_memory()
        return free is None or self.memory_bytes <= free

    def check(self) -> None:
        """Refuses what this machine has far too little memory for.

        Raises:
            PartError: If the estimate is several times what there is.
        """
        total = backend.total_memory()
        if total is not None and self.memory_bytes > HOPELESS_FACTOR * total:
            raise PartError(
                "run",
                f"Training at batch {self.batch_size} would need about "
                f"{say_bytes(self.memory_bytes)} of memory, but there are "
                f"{say_bytes(total)}: {LOWER}.",
            )


def measure_footprint(
    gan: SemanticGAN, data: Any, strategy: Strategy | None = None
) -> Footprint:
    """Finds out what training needs, without a step of it.

    The memory is an estimate: the state of both players, and the outputs of
    their layers in one pass, which is traced and not computed.

    Args:
        gan: Built and compiled `SemanticGAN`.
        data: `(inputs, image)` as `fit` gets it; shapes and dtypes suffice.
        strategy: `Strategy`, whose devices share the batch. Defaults to
            `None`: one device.

    Returns:
        `Footprint`.
    """
    strategy = strategy or Strategy(1, ("CPU",))
    replicas = strategy.num_replicas
    state = checkpoint_bytes(gan)
    inputs, image = data
    batch = {**as_inputs(inputs, gan.input_names), "image": image}
    batch = {
        name: keras.KerasTensor(
            (value.shape[0] // gan.discriminator_steps, *value.shape[1:]),
            keras.backend.standardize_dtype(value.dtype),
        )
        for name, value in batch.items()
        if value is not None
    }
    of_state = STATE_FACTOR * state
    of_outputs = OUTPUT_FACTOR * _output_bytes(gan, batch) / gan.micro_batches
    if gan.micro_batches > 1:
        # The sum of their gradients.
        of_state += 4 * backend.count_numbers(gan.trainable_variables)
    if on_cpu():
        # Logical devices are parts of one: they are in the memory of their
        # process.
        here = len(strategy.devices) * of_state + of_outputs / (
            strategy.num_workers
        )
        memory = PROCESS_BYTES + here
        replicas = strategy.num_workers
    else:
        memory = of_state + of_outputs / replicas
    networks = {
        name: getattr(gan, name, None)
        for name in ("generator", "discriminator", "encoder")
    }
    return Footprint(
        {
            name: count_parameters(network)
            for name, network in networks.items()
            if network is not None
        },
        state,
        int(memory),
        batch["image"].shape[0],
        replicas,
    )


def on_cpu() -> bool:
    """Whether the backend computes without an accelerator."""
    return backend.device_names() == ["CPU"]


def checkpoint_bytes(gan: SemanticGAN) -> int:
    """Returns the size of a checkpoint: weights and optimizers, in float32.

    Args:
        gan: Built and compiled `SemanticGAN`.

    Returns:
        int.
    """
    variables = [*gan.variables, *gan.optimizer.variables]
    return 4 * backend.count_numbers(variables)


def say_pace(
    images_per_second: float, images: int, peak_memory: int | None
) -> str:
    """Says how fast training is and how long it will take.

    Args:
        images_per_second: float.
        images: int. Images that are to come.
        peak_memory: int or `None`. Bytes.

    Returns:
        str, one sentence or two.
    """
    text = (
        f"Pace after two steps: {images_per_second:.2g} images/s, so {images} "
        f"images take about {format_seconds(images / images_per_second)}."
    )
    if peak_memory is not None:
        text += f" Peak memory {say_bytes(peak_memory)}."
    return text


class _GeneratorPass(keras.Operation):
    """The forward pass of the generator's step, which both networks are in."""

    def __init__(self, gan, names):
        super().__init__()
        self.gan = gan
        self.names = names

    def call(self, *tensors):
        batch = dict.fromkeys((*self.gan.input_names, "image"))
        batch |= dict(zip(self.names, tensors, strict=True))
        seen = self.gan.see(batch)
        weigh(self.gan, "generator", seen)
        return seen["generated.image"]


def _output_bytes(gan, batch):
    """Bytes of what the innermost layers return in one pass."""
    total = 0

    def count(call, *args, **kwargs):
        nonlocal total
        outputs = call(*args, **kwargs)
        for tensor in keras.tree.flatten(outputs):
            if hasattr(tensor, "shape"):
                total += 4 * math.prod(side or 1 for side in tensor.shape)
        return outputs

    networks = (gan.generator, gan.discriminator, gan.encoder, gan.perceptual)
    innermost = [
        layer
        for network in networks
        if network is not None
        for layer in network._flatten_layers()
        if not any(layer._flatten_layers(include_self=False))
    ]
    for layer in innermost:
        layer.call = functools.partial(count, layer.call)
    try:
        _GeneratorPass(gan, list(batch))(*batch.values())
    finally:
        for layer in innermost:
            del layer.call
    return total
