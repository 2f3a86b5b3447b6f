import unittest

import keras
import numpy as np

from keras_semsynth.scorers import SegmenterFeatures
from keras_semsynth.scorers import UNetSegmenter


class SegmenterFeaturesTest(unittest.TestCase):
    def test_levels_are_those_of_the_segmenter_and_frozen(self):
        network = SegmenterFeatures(UNetSegmenter(3, filters=2, depth=2))
        image = np.random.default_rng(0).uniform(-1, 1, (1, 9, 12, 3))
        image = image.astype("float32")
        levels = network(image)
        shapes = [tuple(level.shape) for level in levels]
        self.assertEqual(shapes, [(1, 9, 12, 2), (1, 5, 6, 4), (1, 3, 3, 8)])
        self.assertEqual(network.compute_output_shape(image.shape), shapes)
        self.assertFalse(network.trainable_variables)
        self.assertTrue(network.variables)
        # The deepest ones are what the distance fd is taken in.
        np.testing.assert_allclose(
            np.mean(keras.ops.convert_to_numpy(levels[-1]), axis=(1, 2)),
            network.segmenter.features(image),
            rtol=1e-5,
        )
        again = SegmenterFeatures.from_config(network.get_config())
        again.build()
        again.set_weights(network.get_weights())
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(again(image)[0]),
            keras.ops.convert_to_numpy(levels[0]),
        )
