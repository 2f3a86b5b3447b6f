"""The perceptual loss of an experiment."""

import pathlib
import tempfile
import unittest

import keras
import numpy as np

from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments.build import PartError
from keras_semsynth.experiments.perceptual import perceptual_loss
from keras_semsynth.scorers import SegmenterFeatures
from keras_semsynth.scorers import UNetSegmenter


def with_weights(weights, preset="spade", **parts):
    run = {"perceptual_weights": str(weights)}
    return Experiment.from_preset(preset).replace(run=run, **parts)


class ScorerTest(unittest.TestCase):
    def test_the_scorer_of_the_package_is_known_by_its_name(self):
        loss = perceptual_loss(with_weights("landscapes"))
        self.assertIsInstance(loss.features_network, SegmenterFeatures)
        self.assertIn("house", loss.features_network.segmenter.class_names)
        # The deepest features count most, as in VGG19.
        self.assertEqual(loss.layer_weights[-1], 1.0)
        image = np.zeros((1, 32, 32, 3), "float32")
        self.assertEqual(float(loss(image, image)), 0.0)

    def test_a_scorer_of_ones_own_is_read_from_its_file(self):
        with tempfile.TemporaryDirectory() as folder:
            scorer = UNetSegmenter(3, filters=2, depth=2)
            scorer.build((None, None, None, 3))
            path = pathlib.Path(folder) / "scorer.keras"
            scorer.save(path)
            loss = perceptual_loss(with_weights(path))
            self.assertEqual(len(loss.layer_weights), 3)
            other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            other.save(path)
            with self.assertRaisesRegex(PartError, "holds no scorer"):
                perceptual_loss(with_weights(path))

    def test_without_the_loss_nothing_is_read(self):
        self.assertIsNone(perceptual_loss(with_weights("off")))
        with self.assertRaisesRegex(PartError, "does not exist"):
            perceptual_loss(with_weights("landscape"))
