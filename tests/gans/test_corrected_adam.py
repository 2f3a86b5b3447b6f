import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth.gans.corrected_adam import CorrectedAdam


def descend(optimizer, gradients):
    """Applies gradients one after the other; returns the variable."""
    variable = keras.Variable(np.zeros(gradients.shape[1:], "float32"))
    optimizer.build([variable])
    for gradient in gradients:
        optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
    return ops.convert_to_numpy(variable.value)


def random_gradients(steps=5):
    # From far above to far below epsilon.
    scales = 10.0 ** np.arange(0, -12, -2)
    random = np.random.RandomState(0)
    return (scales * random.standard_normal((steps, 6))).astype("float32")


class CorrectedAdamTest(unittest.TestCase):
    def check(self, beta_1, beta_2):
        gradients = random_gradients()
        mean = square = value = 0.0
        for step, g in enumerate(gradients.astype("float64"), start=1):
            mean = beta_1 * mean + (1 - beta_1) * g
            square = beta_2 * square + (1 - beta_2) * g**2
            mean_hat = mean / (1 - beta_1**step)
            square_hat = square / (1 - beta_2**step)
            value = value - 0.1 * mean_hat / (np.sqrt(square_hat) + 1e-8)
        actual = descend(CorrectedAdam(0.1, beta_1, beta_2), gradients)
        np.testing.assert_allclose(actual, value, rtol=1e-5)

    def test_it_is_algorithm_1_of_the_paper(self):
        self.check(0.5, 0.999)

    def test_without_momentum_too(self):
        self.check(0.0, 0.9)

    def test_the_first_step_of_a_tiny_gradient_is_not_shrunk_more(self):
        gradient = np.array([[1e-8]], "float32")
        exact = descend(CorrectedAdam(1.0, 0.0, 0.9), gradient)
        keras_adam = keras.optimizers.Adam(1.0, 0.0, 0.9, epsilon=1e-8)
        # Half a rate against a quarter: what the class exists for.
        np.testing.assert_allclose(exact, [-0.5], rtol=1e-5)
        np.testing.assert_allclose(
            descend(keras_adam, gradient), [-0.2403], rtol=1e-3
        )

    def test_config_survives_serialization_on_every_backend(self):
        optimizer = CorrectedAdam(2e-4, 0.0, 0.9)
        data = keras.saving.serialize_keras_object(optimizer)
        # A file written on PyTorch must not name Keras's PyTorch classes.
        self.assertEqual(
            data["registered_name"], "keras_semsynth>CorrectedAdam"
        )
        copy = keras.saving.deserialize_keras_object(data)
        self.assertEqual(copy.get_config(), optimizer.get_config())

    def test_amsgrad_is_refused(self):
        with self.assertRaisesRegex(ValueError, "amsgrad"):
            CorrectedAdam(amsgrad=True)
