import json
import os
import tempfile
import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.scorers import LPIPS
from keras_semsynth.scorers import image_batch
from tests import golden
from tests.numpy_layers import convolution

BACKBONES = ("alex", "vgg")


def tiny(backbone):
    network = LPIPS(backbone, width_divisor=32)
    with golden.undrawn_weights():
        network.build()
    random = np.random.RandomState(0)
    for entry in checkpoints.naming_table(network):
        shape = entry.official_shape
        value = random.standard_normal(shape)
        if len(shape) > 1:
            value *= (2 / np.prod(shape[1:])) ** 0.5
        if entry.key.startswith("lin"):
            value = np.abs(value)
        entry.assign(value.astype("float32"))
    return network


def images(seed=0, count=3, size=(40, 33)):
    random = np.random.RandomState(seed)
    return random.randint(0, 256, (count, *size, 3)).astype("uint8")


def max_pool(x, size):
    windows = np.lib.stride_tricks.sliding_window_view(
        x, (size, size), axis=(1, 2)
    )
    return windows[:, ::2, ::2].max(axis=(-1, -2))


def features_in_numpy(network, x):
    """The five features by the spec's table."""
    alex = network.backbone == "alex"
    counts = (1, 1, 1, 1, 1) if alex else (2, 2, 3, 3, 3)
    pools = (0, 3, 3, 0, 0) if alex else (0, 2, 2, 2, 2)
    shift, scale = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
    x = (np.float64(x) - shift) / scale
    layers = iter(network.convolutions)
    features = []
    for count, pool in zip(counts, pools, strict=True):
        if pool:
            x = max_pool(x, pool)
        for _ in range(count):
            kernel, bias = (
                ops.convert_to_numpy(weight) for weight in next(layers).weights
            )
            strided = len(kernel) == 11
            pad = 2 if strided else len(kernel) // 2
            x = convolution(x, kernel, 4 if strided else 1, pad) + bias
            x = np.maximum(x, 0)
        features.append(x)
    return features


class LPIPSTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.networks = {backbone: tiny(backbone) for backbone in BACKBONES}

    def test_full_size_has_the_weights_of_the_published_tables(self):
        for backbone, count in (("alex", 2_470_848), ("vgg", 14_716_160)):
            network = LPIPS(backbone)
            with golden.undrawn_weights():
                network.build()
            self.assertEqual(network.count_params(), count)
            self.assertEqual(network.trainable_variables, [])

    def test_terms_follow_the_equation(self):
        first, second = images(0), images(1)
        for network in self.networks.values():
            expected = []
            for a, b, layer in zip(
                features_in_numpy(network, image_batch.symmetric(first)),
                features_in_numpy(network, image_batch.symmetric(second)),
                network.channel_weights,
                strict=True,
            ):
                a, b = (
                    x / (np.sqrt((x**2).sum(-1, keepdims=True)) + 1e-10)
                    for x in (a, b)
                )
                weights = ops.convert_to_numpy(layer.kernel)[0, 0, :, 0]
                expected.append(((a - b) ** 2 @ weights).mean(axis=(1, 2)))
            expected = np.stack(expected, axis=-1)
            terms = network.terms(first, second)
            self.assertEqual(terms.dtype, np.float32)
            np.testing.assert_allclose(terms, expected, rtol=1e-3, atol=1e-6)
            distance = network.distance(first, second)
            self.assertEqual(distance.dtype, np.float32)
            np.testing.assert_allclose(
                distance, expected.sum(axis=1), rtol=1e-3
            )

    def test_it_is_a_distance(self):
        network = self.networks["alex"]
        first, second = images(0), images(1)
        np.testing.assert_array_equal(network.distance(first, first), 0.0)
        there = network.distance(first, second)
        self.assertTrue((there > 0.0).all())
        np.testing.assert_allclose(
            there, network.distance(second, first), rtol=1e-5
        )

    def test_pixels_floats_and_pieces_give_the_same(self):
        network = self.networks["alex"]
        first, second = images(0), images(1)
        expected = network.distance(first, second)
        floats = (first / 127.5 - 1).astype("float32")
        for actual in (
            network.distance(floats, second),
            network.distance(first, second, batch_size=2),
        ):
            np.testing.assert_allclose(actual, expected, rtol=1e-4)

    def test_whole_model_file_survives(self):
        network = self.networks["vgg"]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "lpips.keras")
            network.save(path)
            copy = keras.saving.load_model(path)
        self.assertEqual(copy.get_config(), network.get_config())
        np.testing.assert_array_equal(
            copy.distance(images(0), images(1)),
            network.distance(images(0), images(1)),
        )

    def test_its_description_can_be_written(self):
        for backbone, network in self.networks.items():
            told = json.loads(json.dumps(network.describe()))
            self.assertEqual(told["backbone"], backbone)
            self.assertEqual(told["shift"], [-0.03, -0.088, -0.188])

    def test_bad_arguments_and_images_are_errors(self):
        with self.assertRaisesRegex(ValueError, "backbone='squeeze'"):
            LPIPS("squeeze")
        with self.assertRaisesRegex(ValueError, "width_divisor=3"):
            LPIPS(width_divisor=3)
        network = self.networks["alex"]
        with self.assertRaisesRegex(ValueError, "one shape.*3, 40.*2, 40"):
            network.distance(images(), images(count=2))
        for backbone, side in (("alex", 31), ("vgg", 16)):
            network = self.networks[backbone]
            small = images(count=1, size=(side, side))
            self.assertEqual(network.distance(small, small).shape, (1,))
            small = images(count=1, size=(side, side - 1))
            with self.assertRaisesRegex(ValueError, f"{side} by {side}"):
                network.distance(small, small)
