import unittest

import keras
import numpy as np
import tensorflow as tf

from keras_semsynth.synthesis.latent_codes import between
from keras_semsynth.synthesis.latent_codes import sample_seed
from keras_semsynth.synthesis.latent_codes import seed_noise


class LatentCodesTest(unittest.TestCase):
    def test_a_seed_draws_what_graphs_of_tensorflow_draw(self):
        for seed in (0, 7, 2**31 - 3, 2**31 + 5, 2**40):
            drawn = tf.random.stateless_normal([5], [seed % (2**31 - 2), 0])
            np.testing.assert_array_equal(seed_noise(5, seed), drawn)
        if keras.backend.backend() == "tensorflow":
            np.testing.assert_array_equal(
                seed_noise(5, 7), keras.random.normal((1, 5), seed=7)[0]
            )

    def test_a_seed_is_the_same_number_everywhere(self):
        expected = [-0.674173, -0.358693, -1.879582]
        np.testing.assert_allclose(seed_noise(3, 7), expected, 1e-5)
        self.assertEqual(sample_seed(0, 0), 1826701613)
        seeds = {sample_seed(*pair) for pair in np.ndindex(3, 100)}
        self.assertEqual(len(seeds), 300)

    def test_codes_in_between_are_as_long_as_codes(self):
        first, last = np.random.RandomState(0).normal(size=(2, 256))
        middle = between(first, last, 0.5)
        self.assertAlmostEqual(
            np.linalg.norm(middle),
            (np.linalg.norm(first) + np.linalg.norm(last)) / 2,
            places=3,
        )
        np.testing.assert_allclose(between(first, last, 0.0), first, 1e-5)
        np.testing.assert_allclose(between(first, last, 1.0), last, 1e-5)
        np.testing.assert_allclose(
            between(first, -first, 0.25), first / 2, 1e-5
        )
