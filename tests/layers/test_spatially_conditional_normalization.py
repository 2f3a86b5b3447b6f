import numpy as np
from keras import ops

from keras_semsynth.layers import SpatiallyConditionalNormalization
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def modulated_in_numpy(layer, normalized, vectors):
    """The equation of the class on normalized features."""
    candidates = np.float64(ops.convert_to_numpy(layer.candidates))
    gamma, beta = np.split(candidates, 2, axis=1)
    scale = 1 + np.einsum("bhwn,nc->bhwc", vectors, gamma)
    return normalized * scale + np.einsum("bhwn,nc->bhwc", vectors, beta)


class SpatiallyConditionalNormalizationTest(SemsynthTestCase):
    features, vectors = random((2, 5, 7, 3)), random((2, 5, 7, 4), seed=1)
    level = {"norm_vectors": vectors}

    def test_contract(self):
        self.check_layer(
            SpatiallyConditionalNormalization,
            {"num_candidates": 4},
            call_args=[self.features, self.level],
            output_shape=(2, 5, 7, 3),
            trainable=1,
            non_trainable=2,
        )

    def test_training_equals_the_equation(self):
        for normalization in ("batch", "sync_batch", "instance"):
            layer = SpatiallyConditionalNormalization(
                4, normalization=normalization
            )
            layer.build(self.features.shape)
            layer.candidates.assign(random(layer.candidates.shape, seed=2))
            if normalization == "instance":
                normalized = numpy_layers.instance_norm(self.features)
            else:
                normalized = numpy_layers.batch_norm(self.features)[0]
            self.assert_close(
                layer(self.features, self.level, training=True),
                modulated_in_numpy(layer, normalized, self.vectors),
                3e-6,
            )

    def test_inference_uses_the_moving_statistics(self):
        layer = SpatiallyConditionalNormalization(4)
        layer.build(self.features.shape)
        layer.candidates.assign(random(layer.candidates.shape, seed=2))
        mean, variance = random((3,), seed=3), np.float32([0.5, 1.0, 2.0])
        layer.norm.moving_mean.assign(mean)
        layer.norm.moving_variance.assign(variance)
        normalized = (self.features - mean) / np.sqrt(variance + 1e-5)
        self.assert_close(
            layer(self.features, self.level),
            modulated_in_numpy(layer, normalized, self.vectors),
            3e-6,
        )

    def test_it_starts_as_a_plain_normalization(self):
        layer = SpatiallyConditionalNormalization(4, normalization="instance")
        self.assert_close(
            layer(self.features, self.level),
            numpy_layers.instance_norm(self.features),
            2e-6,
        )

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`num_candidates` must be"):
            SpatiallyConditionalNormalization(0)
        with self.assertRaisesRegex(ValueError, "`normalization` must be"):
            SpatiallyConditionalNormalization(3, normalization="layer")
