"""What PyTorch and JAX compose of operations of Keras."""

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor


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
