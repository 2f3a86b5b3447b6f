import numpy as np
from keras import ops

from keras_semsynth.layers import SpatiallyConditionalConv2D
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import settle_spectral_vectors


def mixed_in_numpy(layer, features, vectors, training):
    """The equation of the class, candidate by candidate."""
    total = 0.0
    for i, candidate in enumerate(layer.candidates):
        kernel = np.float64(ops.convert_to_numpy(candidate.kernel))
        if layer.spectral:
            matrix = kernel.reshape(-1, kernel.shape[-1]).T
            left, right = (
                np.float64(ops.convert_to_numpy(vector))
                for vector in (candidate.left_vector, candidate.right_vector)
            )
            if training:
                left, right = numpy_layers.power_iteration(matrix, left)
            kernel = kernel / (left @ matrix @ right)
        result = numpy_layers.convolution(
            features, kernel, pad=kernel.shape[0] // 2
        )
        total = total + vectors[..., i : i + 1] * result
    return total


class SpatiallyConditionalConv2DTest(SemsynthTestCase):
    features, vectors = random((2, 5, 7, 3)), random((2, 5, 7, 4), seed=1)

    def build(self, **kwargs):
        layer = SpatiallyConditionalConv2D(6, 4, **kwargs)
        layer.build(self.features.shape)
        # Random vectors may give a sigma of nearly zero.
        settle_spectral_vectors(layer)
        return layer

    def test_contract(self):
        self.check_layer(
            SpatiallyConditionalConv2D,
            {"filters": 6, "num_candidates": 4},
            call_args=[self.features, self.vectors],
            output_shape=(2, 5, 7, 6),
            trainable=4,
            non_trainable=8,
        )

    def test_contract_without_spectral_normalization(self):
        self.check_layer(
            SpatiallyConditionalConv2D,
            {
                "filters": 2,
                "num_candidates": 4,
                "kernel_size": 1,
                "spectral": False,
                "implementation": "sequential",
            },
            call_args=[self.features, self.vectors],
            output_shape=(2, 5, 7, 2),
            trainable=4,
            non_trainable=0,
            fit_policies=(),
        )

    def test_both_implementations_equal_the_equation(self):
        for implementation in ("fused", "sequential"):
            for kernel_size in (1, 3):
                for training in (False, True):
                    layer = self.build(
                        kernel_size=kernel_size, implementation=implementation
                    )
                    expected = mixed_in_numpy(
                        layer, self.features, self.vectors, training
                    )
                    found = layer(
                        self.features, self.vectors, training=training
                    )
                    self.assert_close(found, expected, 5e-6)

    def test_candidates_start_different(self):
        layer = self.build()
        kernels = [
            ops.convert_to_numpy(candidate.kernel)
            for candidate in layer.candidates
        ]
        for i, kernel in enumerate(kernels):
            for other in kernels[:i]:
                self.assertGreater(np.abs(kernel - other).max(), 1e-3)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"num_candidates": 0}, "`num_candidates` must be"),
            ({"kernel_size": 2}, "`kernel_size` must be a positive odd"),
            ({"implementation": "fast"}, "`implementation` must be one of"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                SpatiallyConditionalConv2D(**{"filters": 2, **bad})
        with self.assertRaisesRegex(ValueError, "`vectors` must have"):
            self.build()(self.features, self.vectors[..., :3])
