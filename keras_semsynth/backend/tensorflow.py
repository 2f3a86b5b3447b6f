"""Two-player training on TensorFlow, also under `tf.distribute`."""

import contextlib
import contextvars
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_semsynth.backend.inference import inference
from keras_semsynth.backend.inference import is_inference
from keras_semsynth.backend.machine import DeviceMemory
from keras_semsynth.backend.rank_tuples import rank_tuples
from keras_semsynth.backend.tensor import Tensor

# Whether `compiled` compiles anew for every size of its inputs.
COMPILES_EVERY_SIZE = False
INDEX_DTYPE = "int64"


def num_replicas() -> int:
    return tf.distribute.get_strategy().num_replicas_in_sync


def _replica_context():
    """Returns the replica's context where there are several, else `None`."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return None
    return context


def replica_mean(x: Tensor) -> Tensor:
    context = _replica_context()
    if context is None:
        return x
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, x)


def replica_index() -> int | Tensor:
    context = _replica_context()
    return 0 if context is None else context.replica_id_in_sync_group


def after(done: Any, values: Any) -> Any:
    with tf.control_dependencies(tf.nest.flatten(done)):
        return tf.nest.map_structure(
            lambda x: x if x is None else tf.identity(x), values
        )


def adam_step(
    variable: tf.Variable,
    mean: keras.Variable,
    square: keras.Variable,
    gradient: Tensor,
    rate: Tensor,
    beta_1: float,
    beta_2: float,
    epsilon: Tensor,
) -> None:
    """Makes one step of Adam in one kernel.

    `mean` and `square` move toward `gradient` and its square by `1 - beta`,
    then `variable -= rate * mean / (sqrt(square) + epsilon)`.

    Args:
        variable: What is updated.
        mean: Moving mean of the gradients, of the shape of `variable`.
        square: Moving mean of their squares, likewise.
        gradient: Float tensor of the shape of `variable`.
        rate: Scalar float tensor, corrected for the start of both at zero.
        beta_1: float in `[0, 1)`.
        beta_2: float in `[0, 1)`.
        epsilon: Scalar float tensor, corrected for the start of `square`.
    """
    dtype = variable.dtype
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=mean.value.handle,
        v=square.value.handle,
        # What the powers of the betas correct is in `rate` and `epsilon`.
        beta1_power=tf.zeros([], dtype),
        beta2_power=tf.zeros([], dtype),
        lr=tf.cast(rate, dtype),
        beta1=tf.constant(beta_1, dtype),
        beta2=tf.constant(beta_2, dtype),
        epsilon=tf.cast(epsilon, dtype),
        grad=tf.cast(tf.convert_to_tensor(gradient), dtype),
    )


def take_rows(table: Tensor, index: Tensor) -> Tensor:
    # `ops.take` adds ten operations for indices that are negative: they are
    # most of what is traced for a lookup.
    return tf.gather(table, index)


def sum_of_rows(tables: Tensor, indices: Sequence[Tensor]) -> Tensor:
    """Adds up one row of each table: `sum_i tables[i][indices[i]]`.

    The gradient of a table is a sum over segments of its own. TensorFlow's own
    would join the upstream gradients of all tables, in many operations.

    Args:
        tables: Float tensor `(count, rows, length)`.
        indices: `count` integer tensors of one shape, in `[0, rows)`.

    Returns:
        Tensor of the shape of an index and `(length,)`.
    """

    def add(tables):
        total = None
        for table, index in zip(tf.unstack(tables), indices, strict=True):
            values = tf.raw_ops.Gather(params=table, indices=index)
            total = values if total is None else total + values
        return total

    if is_inference():
        # Loading a SavedModel warns of every gradient that it leaves out.
        return add(tables)
    rows = tf.shape(tables)[1]

    @tf.custom_gradient
    def look_up(tables):
        def gradient(upstream):
            return tf.stack(
                [
                    tf.math.unsorted_segment_sum(upstream, index, rows)
                    for index in indices
                ]
            )

        return add(tables), gradient

    return look_up(tables)


def choose(
    condition: Tensor, yes: Callable[[], Any], no: Callable[[], Any]
) -> Any:
    return tf.cond(condition, yes, no)


# Whether what is traced now must have shapes that are known beforehand.
_fixed_shapes = contextvars.ContextVar("fixed_shapes", default=False)


def counts_distinct() -> bool:
    return not _fixed_shapes.get()


def distinct(columns: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Ranks tuples of numbers.

    Args:
        columns: Integer tensors of one shape, of numbers in `[0, 2**31)`. A
            tuple has one number of each.

    Returns:
        `(ranks, positions)`, int64: of the shape of a column, the number of
        each tuple among the different ones; and for each of those a position
        in a flattened column that has it.
    """
    return rank_tuples(columns, _ranks)


def _ranks(values):
    unique, ranks = tf.unique(values, out_idx=tf.int64)
    positions = tf.math.unsorted_segment_min(
        tf.range(tf.size(values, tf.int64)), ranks, tf.size(unique, tf.int64)
    )
    return ranks, positions


def call_with_enough(
    count: Tensor, most: int, function: Callable[[int | None], Any]
) -> Any:
    return function(None)


def compiled(network: keras.Model) -> Callable:
    """Compiles the forward pass of a network.

    Args:
        network: A built network of this package.

    Returns:
        Callable of keyword arguments, the tensors of the network's call. It is
        traced once for each choice of arguments, types and ranks: batch,
        height and width may change.
    """
    functions = {}

    def call(**inputs):
        inputs = {k: tf.convert_to_tensor(x) for k, x in inputs.items()}
        specs = {name: _any_size(name, x) for name, x in inputs.items()}
        kind = tuple(specs.values())
        if kind not in functions:
            function = tf.function(
                lambda **arguments: network(**arguments, training=False)
            )
            with inference():
                functions[kind] = function.get_concrete_function(**specs)
        return functions[kind](**inputs)

    return call


def _any_size(name, tensor):
    # Ids have no channels; of all else the last axis is part of the weights.
    channels = [] if tensor.dtype.is_integer else tensor.shape[-1:]
    shape = [None] * (len(tensor.shape) - len(channels)) + [*channels]
    return tf.TensorSpec(shape, tensor.dtype, name=name)


@contextlib.contextmanager
def exact_float32() -> Iterator[None]:
    """Context in which float32 is not rounded to TF32 on a GPU."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def input_gradients(function: Callable, x: Tensor) -> Tensor:
    """Differentiates a function of a tensor, such as scores of images.

    Args:
        function: Callable of a float tensor, returns a scalar tensor. Must not
            assign variables.
        x: Float tensor. It counts as a constant.

    Returns:
        Tensor of the shape of `x`, which can be differentiated with respect to
        the variables that the function reads.
    """
    x = tf.stop_gradient(x)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x)


def no_gradients() -> contextlib.AbstractContextManager:
    """Context in which nothing is recorded for differentiation."""
    return contextlib.nullcontext()  # the tape watches chosen variables only


class TwoPlayerTrainer:
    """Mixin of a `keras.Model` that trains two players in turn.

    The model supplies `gan_step(data)` and `gan_test_step(data)`, written with
    `keras.ops` as if everything were stateful, and calls `value_and_gradients`
    and `apply_gradients` from the former.
    """

    def value_and_gradients(
        self,
        function: Callable,
        variables: Sequence[keras.Variable],
        optimizer: keras.optimizers.Optimizer,
    ) -> tuple[Tensor, Any, list[Tensor]]:
        """Differentiates a player's loss.

        Args:
            function: Callable without arguments, returns `(loss, extra)`.
            variables: list of variables of the player.
            optimizer: The player's optimizer; scales the loss if it has to.

        Returns:
            `(loss, extra, gradients)`, those of this replica.
        """
        values = [variable.value for variable in variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for value in values:
                tape.watch(value)
            loss, extra = function()
            scaled = optimizer.scale_loss(loss)
        # Zeros, as on JAX, where an objective leaves a weight out.
        gradients = tape.gradient(
            scaled,
            values,
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        return loss, extra, gradients

    def apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: Sequence[Tensor],
        variables: Sequence[keras.Variable],
    ) -> None:
        """Updates `variables`; `gradients` as `reduce_gradients` gave."""
        # `apply` sums over the replicas, which by now hold the same values.
        count = num_replicas()
        if count > 1:
            gradients = [gradient / count for gradient in gradients]
        optimizer.apply(gradients, variables)

    def train_step(self, data: Any) -> Any:
        with self._shapes():
            return _as_rows(self.gan_step(data))

    def test_step(self, data: Any) -> Any:
        with self._shapes():
            return _as_rows(self.gan_test_step(data))

    def average_terms(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """Averages what is logged, where Keras's metrics do not do it."""
        return terms

    def _maybe_symbolic_build(self, *args, **kwargs):
        # It reduces a batch over replicas, which workers cannot.
        if not self.built:
            super()._maybe_symbolic_build(*args, **kwargs)

    def reduce_gradients(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Averages gradients over the replicas.

        Here, not in the optimizer: clipping must see the whole gradient, and
        `LossScaleOptimizer` an overflow on any replica.
        """
        context = _replica_context()
        if context is None:
            return list(gradients)
        return context.all_reduce(
            tf.distribute.ReduceOp.MEAN,
            [tf.convert_to_tensor(gradient) for gradient in gradients],
        )

    @contextlib.contextmanager
    def _shapes(self):
        token = _fixed_shapes.set(self.jit_compile)
        try:
            yield
        finally:
            _fixed_shapes.reset(token)


def _as_rows(logs):
    """Gives scalars the axis along which Keras joins those of workers."""
    strategy = tf.distribute.get_strategy()
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return logs
    return {name: tf.reshape(value, (1,)) for name, value in logs.items()}


def device_memory() -> DeviceMemory | None:
    """Returns the memory of the first accelerator, `None` without one."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return None
    # TensorFlow takes the memory itself and does not tell how much there is.
    info = tf.config.experimental.get_memory_info("GPU:0")
    return DeviceMemory(None, None, info["peak"])


def device_names() -> list[str]:
    """Returns the names of the GPUs, or `["CPU"]`."""
    return [
        tf.config.experimental.get_device_details(gpu).get(
            "device_name", gpu.name
        )
        for gpu in tf.config.list_physical_devices("GPU")
    ] or ["CPU"]
