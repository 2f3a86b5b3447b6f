"""Spectral normalization of kernels, shared by the spectral layers."""

from collections.abc import Mapping
from collections.abc import MutableMapping
from typing import Any

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor

EPSILON = 1e-12


def unit_vector(x: Tensor) -> Tensor:
    """Divides by the Euclidean norm, which is taken as at least `1e-12`."""
    return x / ops.maximum(ops.sqrt(ops.sum(ops.square(x))), EPSILON)


class SpectralNormalization:
    """Mixin: a layer whose kernel is divided by its largest singular value.

    The kernel, seen as a matrix `M` with one row an output channel, is used as
    `M / sigma` with `sigma = u^T M v`. In training, each call first makes one
    step of power iteration, `v = unit(M^T u)`, `u = unit(M v)`, and stores both
    vectors. Gradients pass through `sigma` but not through `u` and `v`. At
    inference the stored vectors are used as they are. The kernel itself is
    never written.

    `keras.layers.SpectralNormalization` does neither: it overwrites the kernel
    and (TensorFlow, PyTorch) loses the gradient through `sigma`.

    Two non-trainable float32 weights are added: `left_vector` (`u`, one value
    an output channel) and `right_vector` (`v`, in the order of the other kernel
    axes).

    Reference:
        - [Spectral Normalization for GANs, ICLR 2018](
          https://arxiv.org/abs/1802.05957)
    """

    # Axis of the kernel that counts the output channels.
    output_axis = -1

    def build(self, input_shape):
        super().build(input_shape)
        self._add_vectors()

    def _add_vectors(self):
        outputs = self.kernel.shape[self.output_axis]
        inputs = 1
        for size in self.kernel.shape:
            inputs *= size
        inputs //= outputs
        for name, size in (("left_vector", outputs), ("right_vector", inputs)):
            vector = super().add_weight(
                name=name,
                shape=(size,),
                initializer=UnitNormal(),
                trainable=False,
                autocast=False,
                # Every replica holds the same kernel, so computes the same.
                aggregation="only_first_replica",
            )
            setattr(self, name, vector)

    def add_weight(self, *args, **kwargs) -> keras.Variable:
        if kwargs.get("name") == "kernel":
            kwargs["autocast"] = False  # sigma needs full precision
            initializer = kwargs.get("initializer")
            kwargs["initializer"] = getattr(
                initializer, "if_spectral", initializer
            )
        return super().add_weight(*args, **kwargs)

    def normalized_kernel(self, training: bool | None = False) -> Tensor:
        """Returns the kernel over sigma, in the dtype of the weights."""
        return ops.convert_to_tensor(self.kernel) / self.sigma(training)

    def sigma(self, training: bool | None = False) -> Tensor:
        """Returns the largest singular value, a scalar."""
        kernel = ops.convert_to_tensor(self.kernel)
        axis = self.output_axis % len(kernel.shape)
        outputs = kernel.shape[axis]
        if axis != len(kernel.shape) - 1:
            kernel = ops.moveaxis(kernel, axis, -1)
        matrix = ops.reshape(kernel, (-1, outputs))
        left = ops.convert_to_tensor(self.left_vector)
        right = ops.convert_to_tensor(self.right_vector)
        if training:
            constant = ops.stop_gradient(matrix)
            right = unit_vector(ops.matmul(constant, left))
            left = unit_vector(ops.matmul(right, constant))
            left, right = ops.stop_gradient(left), ops.stop_gradient(right)
            self.left_vector.assign(left)
            self.right_vector.assign(right)
        return ops.sum(ops.matmul(right, matrix) * left)

    # Convolutions and Dense save kernel and bias only.
    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        keras.layers.Layer.load_own_variables(self, store)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class UnitNormal(keras.initializers.RandomNormal):
    """Initializes a vector with a random direction and length one.

    Args:
        seed: int or `None`. Seed of the direction. Defaults to `None`.
    """

    def __init__(self, seed: int | None = None):
        super().__init__(stddev=1.0, seed=seed)

    def __call__(self, shape, dtype=None):
        return unit_vector(super().__call__(shape, dtype))

    def get_config(self):
        return {"seed": super().get_config()["seed"]}
