"""All that differs between TensorFlow, JAX and PyTorch, chosen once.

Every backend file has the same names:

- `adam_step(variable, mean, square, gradient, rate, beta_1, beta_2, epsilon)`:
  one step of Adam, in place.
- `after(done, values)`: nested tensors, not used before others are there.
- `call_with_enough(count, most, function)`: the result of `function(size)` with
  a size of at least `count`: one of few up to `most` where programs have fixed
  shapes, else `None`, exactly what is needed.
- `COMPILES_EVERY_SIZE`: whether programs have fixed shapes, so that `compiled`
  makes one for every size of inputs.
- `choose(condition, yes, no)`: the result of one of two functions, by a scalar
  bool tensor.
- `compiled(network)`: the network as a function for many forward passes.
- `counts_distinct()`: whether `distinct` may be called: not where XLA compiles
  a graph of TensorFlow.
- `device_memory()`: the accelerator's `DeviceMemory`, or `None`.
- `device_names()`: names of the devices it computes on.
- `num_replicas()`: replicas that share one training step.
- `replica_index()`: which of them this one is.
- `replica_mean(x)`: mean of `x` over the replicas, differentiable.
- `distinct(columns)`: ranks of equal tuples; padded on JAX.
- `exact_float32()`: context without TF32 or bfloat16 passes on accelerators.
- `INDEX_DTYPE`: of the indices of a lookup. TensorFlow keeps int32 on the host
  of a GPU, JAX has no int64.
- `input_gradients(function, x)`: gradient of a scalar function at `x`, itself
  differentiable with respect to variables.
- `no_gradients()`: context for a forward pass nobody differentiates.
- `sum_of_rows(tables, indices)`: the sum of one row of each table.
- `take_rows(table, index)`: rows of a table, of indices that are inside.
- `TwoPlayerTrainer`: mixin with the signature of `train_step` and the gradient
  of one player.
"""

from collections.abc import Sequence

import keras

from keras_semsynth.backend.inference import inference
from keras_semsynth.backend.inference import is_inference
from keras_semsynth.backend.machine import describe_machine
from keras_semsynth.backend.machine import peak_process_memory
from keras_semsynth.backend.machine import versions
from keras_semsynth.backend.memory_limits import free_system_memory
from keras_semsynth.backend.memory_limits import say_bytes
from keras_semsynth.backend.memory_limits import total_system_memory
from keras_semsynth.backend.out_of_memory import OutOfMemoryError
from keras_semsynth.backend.out_of_memory import is_out_of_memory
from keras_semsynth.backend.out_of_memory import memory_for
from keras_semsynth.backend.shares import REPLICA_STATISTICS
from keras_semsynth.backend.shares import counts_together
from keras_semsynth.backend.shares import micro_batch
from keras_semsynth.backend.shares import present_micro_batch
from keras_semsynth.backend.shares import replica_statistics
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.backend.unallocated import count_numbers
from keras_semsynth.backend.unallocated import count_variables
from keras_semsynth.backend.unallocated import unallocated

if keras.backend.backend() == "tensorflow":
    from keras_semsynth.backend.tensorflow import COMPILES_EVERY_SIZE
    from keras_semsynth.backend.tensorflow import INDEX_DTYPE
    from keras_semsynth.backend.tensorflow import TwoPlayerTrainer
    from keras_semsynth.backend.tensorflow import adam_step
    from keras_semsynth.backend.tensorflow import after
    from keras_semsynth.backend.tensorflow import call_with_enough
    from keras_semsynth.backend.tensorflow import choose
    from keras_semsynth.backend.tensorflow import compiled
    from keras_semsynth.backend.tensorflow import counts_distinct
    from keras_semsynth.backend.tensorflow import device_memory
    from keras_semsynth.backend.tensorflow import device_names
    from keras_semsynth.backend.tensorflow import distinct
    from keras_semsynth.backend.tensorflow import exact_float32
    from keras_semsynth.backend.tensorflow import input_gradients
    from keras_semsynth.backend.tensorflow import no_gradients
    from keras_semsynth.backend.tensorflow import num_replicas
    from keras_semsynth.backend.tensorflow import replica_index
    from keras_semsynth.backend.tensorflow import replica_mean
    from keras_semsynth.backend.tensorflow import sum_of_rows
    from keras_semsynth.backend.tensorflow import take_rows
elif keras.backend.backend() == "jax":
    from keras_semsynth.backend.jax import COMPILES_EVERY_SIZE
    from keras_semsynth.backend.jax import INDEX_DTYPE
    from keras_semsynth.backend.jax import TwoPlayerTrainer
    from keras_semsynth.backend.jax import adam_step
    from keras_semsynth.backend.jax import after
    from keras_semsynth.backend.jax import call_with_enough
    from keras_semsynth.backend.jax import choose
    from keras_semsynth.backend.jax import compiled
    from keras_semsynth.backend.jax import counts_distinct
    from keras_semsynth.backend.jax import device_memory
    from keras_semsynth.backend.jax import device_names
    from keras_semsynth.backend.jax import distinct
    from keras_semsynth.backend.jax import exact_float32
    from keras_semsynth.backend.jax import input_gradients
    from keras_semsynth.backend.jax import no_gradients
    from keras_semsynth.backend.jax import num_replicas
    from keras_semsynth.backend.jax import replica_index
    from keras_semsynth.backend.jax import replica_mean
    from keras_semsynth.backend.jax import sum_of_rows
    from keras_semsynth.backend.jax import take_rows
elif keras.backend.backend() == "torch":
    from keras_semsynth.backend.torch import COMPILES_EVERY_SIZE
    from keras_semsynth.backend.torch import INDEX_DTYPE
    from keras_semsynth.backend.torch import TwoPlayerTrainer
    from keras_semsynth.backend.torch import adam_step
    from keras_semsynth.backend.torch import after
    from keras_semsynth.backend.torch import call_with_enough
    from keras_semsynth.backend.torch import choose
    from keras_semsynth.backend.torch import compiled
    from keras_semsynth.backend.torch import counts_distinct
    from keras_semsynth.backend.torch import device_memory
    from keras_semsynth.backend.torch import device_names
    from keras_semsynth.backend.torch import distinct
    from keras_semsynth.backend.torch import exact_float32
    from keras_semsynth.backend.torch import input_gradients
    from keras_semsynth.backend.torch import no_gradients
    from keras_semsynth.backend.torch import num_replicas
    from keras_semsynth.backend.torch import replica_index
    from keras_semsynth.backend.torch import replica_mean
    from keras_semsynth.backend.torch import sum_of_rows
    from keras_semsynth.backend.torch import take_rows
else:
    raise ImportError(
        "keras_semsynth runs on the TensorFlow, JAX and PyTorch backends of "
        f"Keras. Received: backend={keras.backend.backend()!r}. Set "
        "KERAS_BACKEND=tensorflow, jax or torch."
    )


def num_shares() -> int:
    """Returns how many replicas and micro-batches a mean is taken over."""
    return num_replicas() * present_micro_batch()[1]


def statistics_mean(x: Tensor) -> Tensor:
    """Averages what papers counted on each device, if it counts together.

    Args:
        x: Float tensor.

    Returns:
        Tensor of the same shape, the mean over the replicas; `x` itself with
        statistics of each replica.
    """
    return replica_mean(x) if counts_together() else x


def normal(
    shape: Sequence,
    seed_generator: keras.random.SeedGenerator,
    shared: bool = False,
) -> Tensor:
    """Draws standard normal noise; see `uniform`."""
    return _draw(keras.random.normal, shape, seed_generator, shared)


def uniform(
    shape: Sequence,
    seed_generator: keras.random.SeedGenerator,
    shared: bool = False,
) -> Tensor:
    """Draws numbers in [0, 1) for the images of this share.

    They are what the same images would get on one device in one batch, since
    all shares read the same seed.

    Args:
        shape: Sequence, of which the first is the number of images, unless
            `shared`.
        seed_generator: `keras.random.SeedGenerator`.
        shared: bool. Whether the numbers are the same for all images of the
            global batch; with statistics of each replica, for all of a
            replica's. Defaults to `False`.

    Returns:
        Float tensor of that shape.
    """
    return _draw(keras.random.uniform, shape, seed_generator, shared)


def _draw(draw, shape, seed_generator, shared):
    replicas, (index, count) = num_replicas(), present_micro_batch()
    if shared:
        if replicas == 1 or counts_together():
            return draw(shape, seed=seed_generator)
        return draw((replicas, *shape), seed=seed_generator)[replica_index()]
    if replicas * count == 1:
        return draw(shape, seed=seed_generator)
    images, *rest = shape
    numbers = draw((replicas * count * images, *rest), seed=seed_generator)
    first = replica_index() * count * images
    return numbers[first + index : first + count * images : count]


def machine() -> dict:
    """Describes this machine and its backend.

    Returns:
        dict of JSON values.
    """
    return describe_machine(device_names)


def free_memory() -> int | None:
    """Returns how much memory training can still get, where it computes.

    Returns:
        int, bytes; `None` if that is not known.
    """
    found = device_memory()
    return free_system_memory() if found is None else found.free


def total_memory() -> int | None:
    """Returns the memory that training could get, where it computes.

    Returns:
        int, bytes; `None` if that is not known.
    """
    found = device_memory()
    return total_system_memory() if found is None else found.total


def require_memory(
    needed: int, what: str, lower: str, computed: bool = True
) -> None:
    """Raises if something could not be held even if nothing else were there.

    Args:
        needed: int. Bytes, rather too few than too many.
        what: str. What would need them, the beginning of a sentence.
        lower: str. What to lower, the end of the sentence.
        computed: bool. Whether it must be where the backend computes, not in
            the memory of the machine. Defaults to `True`.

    Raises:
        ValueError: If the memory is known and too small.
    """
    total = total_memory() if computed else total_system_memory()
    if total is not None and needed > total:
        place = "this machine" if device_memory() is None else "this device"
        raise ValueError(
            f"{what} would need about {say_bytes(needed)} of memory, but "
            f"{place if computed else 'this machine'} has {say_bytes(total)}: "
            f"lower {lower}."
        )


def peak_memory() -> int | None:
    """Returns the most memory that was in use, where this process computes.

    Returns:
        int, bytes; `None` if that is not known.
    """
    found = device_memory()
    return peak_process_memory() if found is None else found.peak


__all__ = [
    "COMPILES_EVERY_SIZE",
    "INDEX_DTYPE",
    "OutOfMemoryError",
    "REPLICA_STATISTICS",
    "TwoPlayerTrainer",
    "adam_step",
    "after",
    "call_with_enough",
    "choose",
    "compiled",
    "count_numbers",
    "count_variables",
    "counts_distinct",
    "counts_together",
    "device_memory",
    "device_names",
    "distinct",
    "exact_float32",
    "free_memory",
    "inference",
    "input_gradients",
    "is_inference",
    "is_out_of_memory",
    "machine",
    "memory_for",
    "micro_batch",
    "no_gradients",
    "normal",
    "num_replicas",
    "num_shares",
    "peak_memory",
    "present_micro_batch",
    "replica_index",
    "replica_mean",
    "replica_statistics",
    "require_memory",
    "say_bytes",
    "statistics_mean",
    "sum_of_rows",
    "take_rows",
    "total_memory",
    "unallocated",
    "uniform",
    "versions",
]
