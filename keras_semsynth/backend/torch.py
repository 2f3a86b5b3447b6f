"""Two-player training on PyTorch."""

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import keras
import torch
from keras import ops

from keras_semsynth.backend.composed import adam_step as adam_step
from keras_semsynth.backend.composed import sum_of_rows as sum_of_rows
from keras_semsynth.backend.machine import DeviceMemory
from keras_semsynth.backend.tensor import Tensor

# See `keras_semsynth.backend.tensorflow`.
COMPILES_EVERY_SIZE = False


def num_replicas() -> int:
    return 1


def replica_mean(x: Tensor) -> Tensor:
    return x


def normal(
    shape: Sequence, seed_generator: keras.random.SeedGenerator
) -> Tensor:
    return keras.random.normal(shape, seed=seed_generator)


def uniform(
    shape: Sequence, seed_generator: keras.random.SeedGenerator
) -> Tensor:
    return keras.random.uniform(shape, seed=seed_generator)


def take_rows(table: Tensor, index: Tensor) -> Tensor:
    return ops.take(table, index, axis=0)


def distinct(values: Tensor) -> tuple[Tensor, Tensor]:
    flat = values.reshape(-1)
    unique, ranks = torch.unique(flat, return_inverse=True)
    positions = torch.empty_like(unique)
    positions.scatter_(0, ranks, torch.arange(flat.numel(), device=flat.device))
    return ranks.reshape(values.shape), positions


def compiled(network: keras.Model) -> Callable:
    """See `keras_semsynth.backend.tensorflow.compiled`: nothing to compile."""

    def call(**inputs):
        with torch.no_grad():
            return network(**inputs, training=False)

    return call


@contextlib.contextmanager
def exact_float32() -> Iterator[None]:
    switches = (torch.backends.cudnn, torch.backends.cuda.matmul)
    before = [switch.allow_tf32 for switch in switches]
    try:
        for switch in switches:
            switch.allow_tf32 = False
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch.allow_tf32 = value


def input_gradients(function: Callable, x: Tensor) -> Tensor:
    """See `keras_semsynth.backend.tensorflow.input_gradients`."""
    with torch.enable_grad():  # also where a loss is only looked at
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(function(x), x, create_graph=True)
    return gradient


def no_gradients() -> contextlib.AbstractContextManager:
    return torch.no_grad()


class TwoPlayerTrainer:
    """See `keras_semsynth.backend.tensorflow.TwoPlayerTrainer`."""

    def value_and_gradients(
        self,
        function: Callable,
        variables: Sequence[keras.Variable],
        optimizer: keras.optimizers.Optimizer,
    ) -> tuple[Tensor, Any, list[Tensor]]:
        loss, extra = function()
        # `grad`, not `backward`: the other player's gradients stay untouched.
        gradients = torch.autograd.grad(
            optimizer.scale_loss(loss),
            [variable.value for variable in variables],
            # Zeros, as on JAX, where an objective leaves a weight out.
            materialize_grads=True,
        )
        extra = keras.tree.map_structure(
            lambda x: x.detach() if isinstance(x, torch.Tensor) else x, extra
        )
        return loss.detach(), extra, list(gradients)

    def apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: Sequence[Tensor],
        variables: Sequence[keras.Variable],
    ) -> None:
        with torch.no_grad():
            optimizer.apply(gradients, variables)

    def train_step(self, data: Any) -> Any:
        return self.gan_step(data)

    def test_step(self, data: Any) -> Any:
        with torch.no_grad():
            return self.gan_test_step(data)


def device_memory() -> DeviceMemory | None:
    """Returns the memory of the first accelerator, `None` without one."""
    if not torch.cuda.is_available():
        return None
    free, total = torch.cuda.mem_get_info()
    return DeviceMemory(total, free, torch.cuda.max_memory_allocated())


def device_names() -> list[str]:
    """Returns the names of the GPUs, or `["CPU"]`."""
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        return [torch.cuda.get_device_name(i) for i in range(count)]
    return ["CPU"]
