import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import perceptual_distance
from tests import golden


def tiny_network():
    """Image -> two features, with dropout to betray a training call."""
    image = keras.Input((None, None, 3))
    first = keras.layers.Conv2D(4, 3, activation="relu")(image)
    second = keras.layers.Conv2D(5, 3)(keras.layers.Dropout(0.5)(first))
    return keras.Model(image, [first, second])


def images(seed=0):
    shape = (2, 9, 11, 3)
    random = np.random.RandomState(seed)
    return random.uniform(-1, 1, shape).astype("float32")


class PerceptualDistanceTest(unittest.TestCase):
    def test_each_layer_has_its_weight(self):
        random = np.random.RandomState(4)
        fake = [random.standard_normal((2, 3, 4)) for _ in range(5)]
        real = [random.standard_normal((2, 3, 4)) for _ in range(5)]
        expected = sum(
            np.abs(f - r).mean() * weight
            for f, r, weight in zip(
                fake, real, [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1], strict=True
            )
        )
        np.testing.assert_allclose(
            float(perceptual_distance(fake, real)), expected, rtol=2e-6
        )

    def test_equation_7_of_sc_gan_has_no_weights(self):
        random = np.random.RandomState(4)
        fake = [random.standard_normal((2, 3, 4)) for _ in range(5)]
        real = [random.standard_normal((2, 3, 4)) for _ in range(5)]
        expected = sum(
            np.abs(f - r).mean() for f, r in zip(fake, real, strict=True)
        )
        found = perceptual_distance(fake, real, [1.0] * 5)
        np.testing.assert_allclose(float(found), expected, rtol=2e-6)

    def test_wrong_number_of_features_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "must have 2 numbers"):
            PerceptualLoss(tiny_network(), (1.0, 1.0, 1.0)).build()
        with self.assertRaisesRegex(ValueError, r"\[2, 2, 5\]"):
            perceptual_distance([1.0, 2.0], [1.0, 2.0])


class PerceptualLossTest(unittest.TestCase):
    def test_it_is_the_distance_of_the_networks_features(self):
        network = tiny_network()
        loss = PerceptualLoss(network, layer_weights=(0.25, 1.0))
        fake, real = images(0), images(1)
        expected = perceptual_distance(
            network(fake), network(real), (0.25, 1.0)
        )
        # In training mode too: the judge's dropout stays off.
        value = loss(fake, real, training=True)
        np.testing.assert_allclose(float(value), float(expected), rtol=1e-6)
        self.assertEqual(tuple(value.shape), ())

    def test_without_weights_the_network_or_the_depth_says_them(self):
        loss = PerceptualLoss(tiny_network())
        loss.build()
        self.assertEqual(loss.layer_weights, (0.25, 1.0))
        network = tiny_network()
        network.layer_weights = (3.0, 4.0)
        loss = PerceptualLoss(network)
        loss.build()
        self.assertEqual(loss.layer_weights, (3.0, 4.0))

    def test_gradient_reaches_the_fake_image_only(self):
        loss = PerceptualLoss(tiny_network(), layer_weights=(1.0, 1.0))

        def function(fake, real):
            value = loss(fake, real) + 0.0 * ops.sum(real)
            return value, value

        _, (to_fake, to_real), _ = golden.gradients(
            function, [images(0), images(1)]
        )
        self.assertGreater(np.abs(to_fake).max(), 0.0)
        self.assertEqual(np.abs(to_real).max(), 0.0)

    def test_the_network_is_frozen(self):
        loss = PerceptualLoss(tiny_network(), layer_weights=(1.0, 1.0))
        loss(images(), images())
        self.assertEqual(loss.trainable_variables, [])
        self.assertEqual(len(loss.weights), 4)

    def test_mixed_precision_gives_a_float32_loss(self):
        loss = PerceptualLoss(
            tiny_network(), (1.0, 1.0), dtype="mixed_bfloat16"
        )
        value = loss(images(0), images(1))
        self.assertEqual(str(ops.dtype(value)), "float32")

    def test_symbolic_call_is_a_float32_scalar(self):
        loss = PerceptualLoss(tiny_network(), layer_weights=(1.0, 1.0))
        spec = loss(keras.Input((9, 11, 3)), keras.Input((9, 11, 3)))
        self.assertEqual((spec.shape, spec.dtype), ((), "float32"))

    def test_config_carries_the_network(self):
        loss = PerceptualLoss(tiny_network(), layer_weights=(0.5, 2.0))
        expected = loss(images(0), images(1))
        copy = keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(loss)
        )
        copy.features_network.set_weights(loss.features_network.get_weights())
        self.assertEqual(copy.layer_weights, (0.5, 2.0))
        self.assertEqual(float(copy(images(0), images(1))), float(expected))


class PerceptualGoldenTest(unittest.TestCase):
    def test_official_sum_over_given_features(self):
        file = golden.Golden("spade_losses")
        fake, real = (
            [file[f"in/vgg_{kind}{layer}"] for layer in range(5)]
            for kind in ("fake", "real")
        )
        value = float(perceptual_distance(fake, real))
        # Limit for losses, 2e-5 relative.
        self.assertLess(
            golden.error(value, file["out/perceptual_from_features"]), 2e-5
        )
