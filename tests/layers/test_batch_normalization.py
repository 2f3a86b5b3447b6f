import numpy as np
from keras import ops

from keras_semsynth.layers import BatchNormalization
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import random


class BatchNormalizationTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            BatchNormalization,
            {},
            call_args=[random((3, 5, 7, 6))],
            output_shape=(3, 5, 7, 6),
            trainable=0,
            non_trainable=2,
            fits=False,
        )

    def test_contract_with_scale_and_offset(self):
        self.check_layer(
            BatchNormalization,
            {
                "center": True,
                "scale": True,
                "synchronized": True,
                "momentum": 0.8,
                "epsilon": 1e-3,
            },
            call_args=[random((3, 5, 7, 6))],
            output_shape=(3, 5, 7, 6),
            trainable=2,
            non_trainable=2,
        )

    def test_training_normalizes_with_the_biased_batch_variance(self):
        x = 3 * random((2, 3, 5, 4)) + 7
        expected, _, _ = numpy_layers.batch_norm(x)
        self.assert_close(
            BatchNormalization()(x, training=True), expected, 2e-6
        )

    def test_the_moving_variance_is_unbiased(self):
        layer = BatchNormalization()
        mean, variance = np.zeros(4), np.ones(4)
        for seed in range(3):
            x = 2 * random((2, 1, 3, 4), seed) + seed
            layer(x, training=True)
            _, batch_mean, unbiased = numpy_layers.batch_norm(x)
            mean = 0.9 * mean + 0.1 * batch_mean
            variance = 0.9 * variance + 0.1 * unbiased
        self.assert_close(layer.moving_mean, mean, 1e-6)
        self.assert_close(layer.moving_variance, variance, 1e-6)

    def test_inference_uses_and_keeps_the_moving_statistics(self):
        x = random((2, 3, 5, 4))
        layer = BatchNormalization(center=True, scale=True)
        layer.build(x.shape)
        weights = [random((4,), 1), random((4,), 2), random((4,), 3)]
        weights.append(np.abs(random((4,), 4)) + 0.1)
        layer.set_weights(weights)
        gamma, beta, mean, variance = weights
        expected = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
        self.assert_close(layer(x, training=False), expected, 2e-6)
        self.assert_close(layer(x), expected, 2e-6)
        for weight, value in zip(layer.get_weights(), weights, strict=True):
            self.assertEqual(weight.tolist(), value.tolist())

    def test_gradients_pass_through_the_batch_statistics(self):
        x, cotangent = random((2, 3, 5, 2)), random((2, 3, 5, 2), 1)
        layer = BatchNormalization()
        layer.build(x.shape)
        (found,) = gradients(
            lambda value: dot(layer(value, training=True), cotangent), [x]
        )
        step = 1e-6
        for index in [(0, 0, 0, 0), (1, 2, 4, 1), (0, 1, 3, 1)]:
            moved = np.float64(x)
            moved[index] += step
            above = (numpy_layers.batch_norm(moved)[0] * cotangent).sum()
            moved[index] -= 2 * step
            below = (numpy_layers.batch_norm(moved)[0] * cotangent).sum()
            expected = (above - below) / (2 * step)
            self.assertAlmostEqual(found[index], expected, delta=1e-4)

    def test_half_precision_statistics_are_added_up_in_float32(self):
        # 65,536 values of 1 add up to infinity in float16.
        x = np.ones((1, 256, 256, 1), "float16")
        layer = BatchNormalization(dtype="mixed_float16")
        output = layer(x, training=True)
        self.assert_close(output, np.zeros_like(x), 0)
        self.assertAlmostEqual(
            float(ops.convert_to_numpy(layer.moving_mean)[0]), 0.1, delta=1e-6
        )

    def test_a_single_value_keeps_the_variance_finite(self):
        layer = BatchNormalization()
        layer(np.ones((1, 1, 1, 3), "float32"), training=True)
        variance = ops.convert_to_numpy(layer.moving_variance)
        self.assertTrue(np.isfinite(variance).all())

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`momentum` must be"):
            BatchNormalization(momentum=1)
        with self.assertRaisesRegex(ValueError, "`epsilon` must be"):
            BatchNormalization(epsilon=0)
