import numpy as np

from keras_semsynth.layers import InstanceNormalization
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class InstanceNormalizationTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            InstanceNormalization,
            {"epsilon": 1e-4},
            call_args=[random((3, 5, 7, 6))],
            output_shape=(3, 5, 7, 6),
            trainable=0,
            non_trainable=0,
            fits=False,
        )

    def test_every_sample_and_channel_is_normalized_alone(self):
        x = 3 * random((2, 5, 7, 4)) + 7
        layer = InstanceNormalization()
        expected = numpy_layers.instance_norm(x)
        self.assert_close(layer(x), expected, 2e-6)
        self.assert_close(layer(x, training=True), expected, 2e-6)
        self.assert_close(layer(x[1:]), expected[1:], 2e-6)

    def test_epsilon_is_added_to_the_variance(self):
        x = 1e-3 * random((1, 4, 4, 2))
        for epsilon in (1e-5, 1e-2):
            expected = numpy_layers.instance_norm(x, epsilon)
            layer = InstanceNormalization(epsilon=epsilon)
            self.assert_close(layer(x), expected, 2e-6)

    def test_a_constant_channel_gives_zero(self):
        x = np.full((1, 3, 3, 2), 5, "float32")
        self.assert_close(InstanceNormalization()(x), np.zeros_like(x), 0)

    def test_bad_epsilon_is_named(self):
        with self.assertRaisesRegex(ValueError, "`epsilon` must be positive"):
            InstanceNormalization(epsilon=-1e-5)
