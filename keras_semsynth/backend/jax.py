"""Two-player training on JAX.

The whole step runs inside one `keras.StatelessScope`, which makes its
stateful-looking code pure.
"""

import contextlib
import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
from keras import ops

from keras_semsynth.backend.inference import inference
from keras_semsynth.backend.machine import DeviceMemory
from keras_semsynth.backend.tensor import Tensor

# See `keras_semsynth.backend.tensorflow`.
COMPILES_EVERY_SIZE = True
INDEX_DTYPE = "int32"


def num_replicas() -> int:
    return 1


def replica_mean(x: Tensor) -> Tensor:
    # Under data parallelism arrays are global, and so is every statistic.
    return x


def replica_index() -> int:
    return 0


def after(done: Any, values: Any) -> Any:
    return jax.lax.optimization_barrier((done, values))[1]


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
    gradient = ops.cast(gradient, variable.dtype)
    mean.assign_add((gradient - mean) * (1 - beta_1))
    square.assign_add((ops.square(gradient) - square) * (1 - beta_2))
    variable.assign_sub(rate * mean / (ops.sqrt(square) + epsilon))


def take_rows(table: Tensor, index: Tensor) -> Tensor:
    # `ops.take` checks every index.
    return table.at[index].get(mode="promise_in_bounds")


def sum_of_rows(tables: Tensor, indices: Sequence[Tensor]) -> Tensor:
    """See `keras_semsynth.backend.tensorflow.sum_of_rows`."""
    rows = (take_rows(tables[i], index) for i, index in enumerate(indices))
    return functools.reduce(jnp.add, rows)


def choose(
    condition: Tensor, yes: Callable[[], Any], no: Callable[[], Any]
) -> Any:
    if isinstance(condition, jax.core.Tracer):
        return jax.lax.cond(condition, yes, no)
    return yes() if condition else no()


def counts_distinct() -> bool:
    return True


def distinct(columns: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """See `keras_semsynth.backend.tensorflow.distinct`.

    The positions have the length of a column: those behind the last rank mean
    nothing.
    """
    flat = [column.reshape(-1) for column in columns]
    places = jnp.arange(flat[0].size, dtype="int32")
    *flat, order = jax.lax.sort([*flat, places], num_keys=len(flat))
    differs = functools.reduce(
        jnp.logical_or, (column[1:] != column[:-1] for column in flat)
    )
    sorted_ranks = jnp.pad(jnp.cumsum(differs.astype("int32")), (1, 0))
    ranks = (
        jnp.zeros_like(order).at[order].set(sorted_ranks, unique_indices=True)
    )
    positions = jnp.zeros_like(order).at[sorted_ranks].set(order)
    return ranks.reshape(columns[0].shape), positions


# Of all that may be asked for; each part has a program of its own.
PARTS = (8, 4, 2, 1)


def call_with_enough(
    count: Tensor, most: int, function: Callable[[int | None], Any]
) -> Any:
    sizes = sorted({-(-most // part) for part in PARTS})
    chosen = sum(count > size for size in sizes[:-1])
    if isinstance(chosen, jax.core.Tracer):
        branches = [functools.partial(function, size) for size in sizes]
        return jax.lax.switch(chosen, branches)
    return function(sizes[int(chosen)])


def compiled(network: keras.Model) -> Callable:
    """See `keras_semsynth.backend.tensorflow.compiled`.

    Every size of the inputs is compiled anew.
    """

    @jax.jit
    def run(trainable, non_trainable, inputs):
        with inference():
            outputs, _ = network.stateless_call(
                trainable, non_trainable, **inputs, training=False
            )
        return outputs

    def call(**inputs):
        return run(
            [variable.value for variable in network.trainable_variables],
            [variable.value for variable in network.non_trainable_variables],
            inputs,
        )

    return call


def exact_float32() -> contextlib.AbstractContextManager:
    return jax.default_matmul_precision("highest")  # of convolutions too


def input_gradients(function: Callable, x: Tensor) -> Tensor:
    """See `keras_semsynth.backend.tensorflow.input_gradients`."""
    return jax.grad(function)(jax.lax.stop_gradient(x))


def no_gradients() -> contextlib.AbstractContextManager:
    return contextlib.nullcontext()  # JAX differentiates functions, not scopes


class TwoPlayerTrainer:
    """See `keras_semsynth.backend.tensorflow.TwoPlayerTrainer`."""

    def _state_variables(self):
        return (
            self.trainable_variables,
            self.non_trainable_variables,
            self.optimizer.variables,
            self.metrics_variables,
        )

    def value_and_gradients(
        self,
        function: Callable,
        variables: Sequence[keras.Variable],
        optimizer: keras.optimizers.Optimizer,
    ) -> tuple[Tensor, Any, list[Tensor]]:
        values = [variable.value for variable in variables]
        ids = {id(variable) for variable in variables}
        others = [
            variable
            for group in self._state_variables()
            for variable in group
            if id(variable) not in ids
        ]
        other_values = [variable.value for variable in others]

        def pure(values):
            # An inner scope does not see the outer one's values: map all.
            mapping = [
                *zip(variables, values, strict=True),
                *zip(others, other_values, strict=True),
            ]
            with keras.StatelessScope(mapping) as scope:
                loss, extra = function()
                scaled = optimizer.scale_loss(loss)
            updated = [scope.get_current_value(v) for v in others]
            return scaled, (loss, extra, updated)

        (_, (loss, extra, updated)), gradients = jax.value_and_grad(
            pure, has_aux=True
        )(values)
        for variable, old, new in zip(
            others, other_values, updated, strict=True
        ):
            if new is not old:
                variable.assign(new)
        return loss, extra, gradients

    def reduce_gradients(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        return list(gradients)

    def average_terms(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        return terms

    def apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: Sequence[Tensor],
        variables: Sequence[keras.Variable],
    ) -> None:
        new_values, new_slots = optimizer.stateless_apply(
            [variable.value for variable in optimizer.variables],
            gradients,
            [variable.value for variable in variables],
        )
        for variable, value in zip(variables, new_values, strict=True):
            variable.assign(value)
        for variable, value in zip(optimizer.variables, new_slots, strict=True):
            variable.assign(value)

    def _run_stateless(self, function, groups, state):
        variables = [variable for group in groups for variable in group]
        values = [value for group in state for value in group]
        with keras.StatelessScope(
            list(zip(variables, values, strict=True))
        ) as scope:
            logs = function()
        return logs, tuple(
            [scope.get_current_value(variable) for variable in group]
            for group in groups
        )

    def train_step(self, state: Any, data: Any) -> Any:
        return self._run_stateless(
            lambda: self.gan_step(data), self._state_variables(), state
        )

    def test_step(self, state: Any, data: Any) -> Any:
        trainable, non_trainable, _, metrics = self._state_variables()
        return self._run_stateless(
            lambda: self.gan_test_step(data),
            (trainable, non_trainable, metrics),
            state,
        )


def device_memory() -> DeviceMemory | None:
    """Returns the memory of the first accelerator, `None` without one."""
    stats = jax.local_devices()[0].memory_stats()
    if not stats:
        return None
    total = stats.get("bytes_limit")
    free = None if total is None else total - stats.get("bytes_in_use", 0)
    return DeviceMemory(total, free, stats.get("peak_bytes_in_use"))


def device_names() -> list[str]:
    """Returns the kinds of GPUs or TPUs, or `["CPU"]`."""
    kinds = {d.device_kind for d in jax.local_devices() if d.platform != "cpu"}
    return sorted(kinds) or ["CPU"]
