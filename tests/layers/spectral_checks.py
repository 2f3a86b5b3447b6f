"""What every spectrally normalized layer has to do, for their tests."""

import os
import tempfile

import numpy as np
from keras import ops

from tests import numpy_layers
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import functional_model
from tests.semsynth_test_case import random
from tests.semsynth_test_case import weight_gradients


class SpectralChecks:
    """Mixin for a `SemsynthTestCase`.

    The test class sets `layer_class`, `kwargs`, `call_args` and `output_axis`
    (the kernel's axis of output channels), and gives
    `linear_map(kernel) -> outputs without bias` in NumPy float64.
    """

    output_axis = -1

    def build(self, **kwargs):
        layer = self.layer_class(**{**self.kwargs, **kwargs})
        layer.build(*[array.shape for array in self.call_args])
        layer.bias.assign(random(layer.bias.shape, seed=5))
        return layer

    def matrix(self, kernel):
        """One row an output channel, the other axes in kernel order."""
        kernel = np.moveaxis(np.float64(kernel), self.output_axis, 0)
        return kernel.reshape(len(kernel), -1)

    def numpy_of(self, layer):
        return [
            np.float64(ops.convert_to_numpy(weight))
            for weight in (layer.kernel, layer.left_vector, layer.right_vector)
        ]

    def test_vectors_start_with_length_one(self):
        layer = self.build()
        _, left, right = self.numpy_of(layer)
        self.assertAlmostEqual(np.linalg.norm(left), 1, delta=1e-6)
        self.assertAlmostEqual(np.linalg.norm(right), 1, delta=1e-6)
        self.assertEqual(left.shape + right.shape, self.matrix_shape(layer))

    def matrix_shape(self, layer):
        return self.matrix(ops.convert_to_numpy(layer.kernel)).shape

    def test_inference_divides_by_the_stored_sigma_and_keeps_it(self):
        layer = self.build()
        kernel, left, right = self.numpy_of(layer)
        sigma = left @ self.matrix(kernel) @ right
        expected = self.linear_map(kernel / sigma) + random(
            layer.bias.shape, seed=5
        )
        for output in (
            layer(*self.call_args),
            layer(*self.call_args, training=False),
        ):
            self.assert_close(output, expected, 5e-6)
        for before, after in zip(
            (kernel, left, right), self.numpy_of(layer), strict=True
        ):
            self.assertEqual(before.tolist(), after.tolist())

    def test_each_training_call_makes_one_power_iteration(self):
        layer = self.build()
        kernel, left, right = self.numpy_of(layer)
        matrix = self.matrix(kernel)
        bias = random(layer.bias.shape, seed=5)
        for _ in range(5):
            output = layer(*self.call_args, training=True)
            left, right = numpy_layers.power_iteration(matrix, left)
            sigma = left @ matrix @ right
            self.assert_close(layer.left_vector, left, 1e-6)
            self.assert_close(layer.right_vector, right, 1e-6)
            expected = self.linear_map(kernel / sigma) + bias
            self.assert_close(output, expected, 5e-6)

    def test_many_iterations_find_the_largest_singular_value(self):
        layer = self.build()
        for _ in range(200):
            layer(*self.call_args, training=True)
        kernel, left, right = self.numpy_of(layer)
        matrix = self.matrix(kernel)
        largest = np.linalg.svd(matrix, compute_uv=False)[0]
        self.assertAlmostEqual(left @ matrix @ right / largest, 1, delta=1e-3)

    def test_the_kernel_is_never_written(self):
        layer = self.build()
        before = ops.convert_to_numpy(layer.kernel).copy()
        for training in (True, False, True):
            layer(*self.call_args, training=training)
        after = ops.convert_to_numpy(layer.kernel)
        self.assertEqual(before.tolist(), after.tolist())

    def test_gradients_pass_through_sigma_but_not_its_vectors(self):
        for training in (False, True):
            layer = self.build()
            kernel, left, right = self.numpy_of(layer)
            if training:
                left, right = numpy_layers.power_iteration(
                    self.matrix(kernel), left
                )
            cotangent = random(layer(*self.call_args).shape, seed=8)
            found = weight_gradients(
                layer,
                lambda layer=layer, cotangent=cotangent, training=training: dot(
                    layer(*self.call_args, training=training), cotangent
                ),
            )
            expected = []
            for seed in range(4):
                direction = random(kernel.shape, seed)
                values = [
                    self.scalar(
                        kernel + step * direction, left, right, cotangent
                    )
                    for step in (1e-6, -1e-6)
                ]
                expected.append((values[0] - values[1]) / 2e-6)
            directional = [
                (found[0] * random(kernel.shape, seed)).sum()
                for seed in range(4)
            ]
            self.assert_close(directional, expected, 1e-5)

    def scalar(self, kernel, left, right, cotangent):
        sigma = left @ self.matrix(kernel) @ right
        return (self.linear_map(kernel / sigma) * cotangent).sum()

    def test_vectors_stay_float32_in_half_precision(self):
        for policy in ("mixed_float16", "mixed_bfloat16"):
            layer = self.build(dtype=policy)
            layer(*self.call_args, training=True)
            kernel, left, right = self.numpy_of(layer)
            for weight in (layer.left_vector, layer.right_vector):
                self.assertEqual(weight.dtype, "float32")
            sigma = left @ self.matrix(kernel) @ right
            found = ops.convert_to_numpy(layer.normalized_kernel())
            self.assert_close(found, kernel / sigma, 1e-6)

    def test_saved_weights_hold_the_vectors(self):
        layer = self.build()
        for _ in range(3):
            layer(*self.call_args, training=True)
        expected = layer(*self.call_args)
        other = self.build()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "layer.weights.h5")
            functional_model(layer, self.call_args).save_weights(path)
            functional_model(other, self.call_args).load_weights(path)
        self.assert_close(other(*self.call_args), expected, 0)
        for mine, theirs in zip(
            self.numpy_of(layer), self.numpy_of(other), strict=True
        ):
            self.assertEqual(mine.tolist(), theirs.tolist())
