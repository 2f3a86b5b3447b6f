"""Two-player training on PyTorch."""

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import keras
import torch
from torch import distributed

from keras_semsynth.backend.inference import inference
from keras_semsynth.backend.machine import DeviceMemory
from keras_semsynth.backend.rank_tuples import rank_tuples
from keras_semsynth.backend.tensor import Tensor

# See `keras_semsynth.backend.tensorflow`.
COMPILES_EVERY_SIZE = False
INDEX_DTYPE = "int64"


def num_replicas() -> int:
    """Returns the number of processes that `torchrun` has started."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_world_size()
    return 1


def replica_index() -> int:
    return distributed.get_rank() if num_replicas() > 1 else 0


class _ReplicaMean(torch.autograd.Function):
    """Mean over the replicas, of whose losses the mean is differentiated."""

    @staticmethod
    def forward(context, x):
        return _mean(x)

    @staticmethod
    def backward(context, upstream):
        return _mean(upstream)


def _mean(x):
    total = x.detach().clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total / num_replicas()


def replica_mean(x: Tensor) -> Tensor:
    return _ReplicaMean.apply(x) if num_replicas() > 1 else x


def after(done: Any, values: Any) -> Any:
    return values


@torch.no_grad()
def adam_step(
    variable: keras.Variable,
    mean: keras.Variable,
    square: keras.Variable,
    gradient: Tensor,
    rate: Tensor,
    beta_1: float,
    beta_2: float,
    epsilon: Tensor,
) -> None:
    """See `keras_semsynth.backend.tensorflow.adam_step`."""
    gradient = gradient.to(variable.value.dtype)
    mean.value.lerp_(gradient, 1 - beta_1)
    square.value.lerp_(gradient.square(), 1 - beta_2)
    step = square.value.sqrt().add_(epsilon)
    variable.value.sub_(torch.div(mean.value, step, out=step).mul_(rate))


def take_rows(table: Tensor, index: Tensor) -> Tensor:
    # The gradient of `ops.take` takes three times as long.
    rows = torch.index_select(table, 0, index.reshape(-1))
    return rows.reshape(index.shape + table.shape[1:])


def sum_of_rows(tables: Tensor, indices: Sequence[Tensor]) -> Tensor:
    """See `keras_semsynth.backend.tensorflow.sum_of_rows`."""
    count, rows, length = tables.shape
    bags = torch.stack(
        [index.reshape(-1) + i * rows for i, index in enumerate(indices)], 1
    )
    sums = torch.nn.functional.embedding_bag(
        bags, tables.reshape(count * rows, length), mode="sum"
    )
    return sums.reshape(indices[0].shape + (length,))


def choose(
    condition: Tensor, yes: Callable[[], Any], no: Callable[[], Any]
) -> Any:
    return yes() if condition else no()


def counts_distinct() -> bool:
    return True


def distinct(columns: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """See `keras_semsynth.backend.tensorflow.distinct`."""
    return rank_tuples(columns, _ranks)


def _ranks(values):
    unique, ranks = torch.unique(values, return_inverse=True)
    positions = torch.empty_like(unique)
    places = torch.arange(values.numel(), device=values.device)
    return ranks, positions.scatter_(0, ranks, places)


def call_with_enough(
    count: Tensor, most: int, function: Callable[[int | None], Any]
) -> Any:
    return function(None)


def compiled(network: keras.Model) -> Callable:
    """See `keras_semsynth.backend.tensorflow.compiled`: nothing to compile."""

    def call(**inputs):
        with torch.no_grad(), inference():
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

    def reduce_gradients(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        if num_replicas() == 1:
            return list(gradients)
        # One message for all of them.
        mean = _mean(torch.cat([g.reshape(-1) for g in gradients]))
        parts = mean.split([g.numel() for g in gradients])
        return [
            part.view_as(g) for part, g in zip(parts, gradients, strict=True)
        ]

    def average_terms(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        if num_replicas() == 1:
            return terms
        values = [
            keras.ops.convert_to_tensor(value, "float32").detach()
            for value in terms.values()
        ]
        return dict(zip(terms, _mean(torch.stack(values)), strict=True))

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
