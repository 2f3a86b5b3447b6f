"""Two-player training on JAX.

The whole step runs inside one `keras.StatelessScope`, which makes its
stateful-looking code pure.
"""

import contextlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import jax
import keras
from keras import ops

from keras_semsynth.backend.composed import adam_step as adam_step
from keras_semsynth.backend.composed import sum_of_rows as sum_of_rows
from keras_semsynth.backend.machine import DeviceMemory
from keras_semsynth.backend.tensor import Tensor

# See `keras_semsynth.backend.tensorflow`.
COMPILES_EVERY_SIZE = True


def num_replicas() -> int:
    return 1


def replica_mean(x: Tensor) -> Tensor:
    # Under data parallelism arrays are global, and so is every statistic.
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
    raise RuntimeError(
        "JAX compiles for fixed shapes and cannot count the different patches "
        "of a label map. Use `deduplicate=False` on this backend."
    )


def compiled(network: keras.Model) -> Callable:
    """See `keras_semsynth.backend.tensorflow.compiled`.

    Every size of the inputs is compiled anew.
    """

    @jax.jit
    def run(trainable, non_trainable, inputs):
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
    stats = jax.devices()[0].memory_stats()
    if not stats:
        return None
    total = stats.get("bytes_limit")
    free = None if total is None else total - stats.get("bytes_in_use", 0)
    return DeviceMemory(total, free, stats.get("peak_bytes_in_use"))


def device_names() -> list[str]:
    """Returns the kinds of devices."""
    return sorted({device.device_kind for device in jax.devices()})
