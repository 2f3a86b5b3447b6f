import numpy as np
from keras import ops

from keras_semsynth.layers import kernel_initializer
from keras_semsynth.layers.initializers import INITIALIZERS
from keras_semsynth.layers.initializers import clone_initializer
from tests.semsynth_test_case import SemsynthTestCase

SHAPE = (3, 3, 64, 128)
FAN_IN, FAN_OUT = 9 * 64, 9 * 128


class KernelInitializerTest(SemsynthTestCase):
    def draw(self, *args):
        return ops.convert_to_numpy(kernel_initializer(*args)(SHAPE))

    def test_standard_deviations_follow_the_specification(self):
        total = FAN_IN + FAN_OUT
        for name, expected in [
            ("xavier", 0.02 * np.sqrt(2 / total)),
            ("normal", 0.02),
            ("xavier_uniform", np.sqrt(2 / total)),
            ("kaiming", np.sqrt(2 / FAN_IN)),
            ("none", np.sqrt(1 / (3 * FAN_IN))),
            ("xavier_unless_spectral", 0.02 * np.sqrt(2 / total)),
        ]:
            with self.subTest(name=name):
                values = self.draw(name)
                self.assertAlmostEqual(values.std() / expected, 1, delta=0.012)

    def test_xavier_is_not_truncated(self):
        values = self.draw("xavier")
        self.assertGreater(np.abs(values).max() / values.std(), 3.5)

    def test_gain_scales_xavier(self):
        ratio = self.draw("xavier", 0.5).std() / self.draw("xavier").std()
        self.assertAlmostEqual(ratio, 25, delta=0.5)

    def test_orthogonal_columns_have_the_length_of_the_gain(self):
        values = self.draw("orthogonal", 0.3).reshape(-1, 128)
        found = values.T @ values
        self.assert_close(found, 0.09 * np.eye(128), 1e-4)

    def test_a_clone_draws_other_values(self):
        for name in INITIALIZERS:
            first = kernel_initializer(name)
            second = clone_initializer(first)
            shape = (3, 3, 4, 5)
            difference = ops.convert_to_numpy(first(shape) - second(shape))
            self.assertGreater(np.abs(difference).max(), 0)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`initializer` must be one of"):
            kernel_initializer("glorot")
        with self.assertRaisesRegex(ValueError, "`gain` must be positive"):
            kernel_initializer("xavier", 0)
