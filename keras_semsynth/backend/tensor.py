"""The type of a tensor, for signatures."""

from typing import Any
from typing import TypeAlias

# TensorFlow, JAX and PyTorch have no type in common, and Keras's symbolic
# tensors and NumPy arrays go wherever a tensor goes.
Tensor: TypeAlias = Any
