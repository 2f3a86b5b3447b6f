import csv
import json
import os
import tempfile
import unittest

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.scorers import InceptionV3
from keras_semsynth.scorers import inception_blocks
from tests import golden


def tiny(seed=0, **options):
    """A network of 1/16 width; its statistics are not those of no data."""
    network = InceptionV3(width_divisor=16, **options)
    with golden.undrawn_weights():
        network.build()
    random = np.random.RandomState(seed)
    for entry in checkpoints.naming_table(network):
        shape = entry.official_shape
        value = 0.1 * random.standard_normal(shape)
        if len(shape) > 1:
            value *= 10 * (2 / np.prod(shape[1:])) ** 0.5
        if entry.key.endswith(("running_var", "bn.weight")):
            value += 1
        entry.assign(value.astype("float32"))
    return network


def images(count=3):
    random = np.random.RandomState(1)
    return random.randint(0, 256, (count, 20, 30, 3)).astype("uint8")


def small_input():
    x = np.random.RandomState(0).uniform(-1, 1, (1, 107, 110, 3))
    return ops.convert_to_tensor(x.astype("float32"))


def average(x, counts_border):
    """3x3 average around every position, in plain loops."""
    _, height, width, _ = x.shape
    result = np.empty_like(x, "float64")
    for row in range(height):
        for column in range(width):
            patch = x[
                :,
                max(row - 1, 0) : row + 2,
                max(column - 1, 0) : column + 2,
            ]
            count = 9 if counts_border else patch.shape[1] * patch.shape[2]
            result[:, row, column] = patch.sum(axis=(1, 2)) / count
    return result


class InceptionV3Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = tiny()

    def test_keys_and_shapes_are_those_of_the_published_file(self):
        path = golden.key_table("state_dict_inception_fid.csv")
        with open(path, newline="") as file:
            expected = {
                row["key"]: tuple(int(n) for n in row["shape"].split("x"))
                for row in csv.DictReader(file)
                if row["needed"] == "1"
            }
        network = InceptionV3()
        with golden.undrawn_weights():
            network.build()
        table = checkpoints.naming_table(network)
        self.assertEqual({e.key: e.official_shape for e in table}, expected)
        self.assertEqual(len(table), len(expected))

    def test_layouts_differ_in_classes_and_in_what_their_files_hold(self):
        for layout, classes in (("tf2015", 1008), ("torchvision", 1000)):
            network = InceptionV3(layout)
            self.assertEqual(network.num_classes, classes)
            self.assertEqual(network.describe()["num_classes"], classes)
        state = checkpoints.to_official(self.network)
        for key in ("fc.weight", "fc.bias"):
            state[key] = state[key][:1000]
        unused = {"AuxLogits.fc.bias": np.zeros(1000, "float32")}
        with golden.undrawn_weights():
            network = checkpoints.from_official(
                "inception_torchvision", {**state, **unused}
            )
        self.assertEqual(network.layout, "torchvision")
        self.assertEqual(network.width_divisor, 16)
        for key, value in checkpoints.to_official(network).items():
            np.testing.assert_array_equal(value, state[key], key)

    def test_only_torchvision_counts_the_border_of_average_pools(self):
        x = np.random.RandomState(0).uniform(0, 1, (2, 5, 4, 3))
        x = x.astype("float32")
        for layout, counts in (("tf2015", False), ("torchvision", True)):
            network = InceptionV3(layout, width_divisor=16)
            actual = network._run("", (inception_blocks.AVERAGE,), x)
            np.testing.assert_allclose(
                ops.convert_to_numpy(actual), average(x, counts), rtol=1e-5
            )

    def test_only_tf2015_has_a_maximum_in_its_last_block(self):
        x = np.random.RandomState(0).uniform(0, 1, (1, 4, 4, 2))
        x = x.astype("float32")
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(
            padded, (3, 3), axis=(1, 2)
        )
        for layout, expected in (
            ("tf2015", windows.max(axis=(-1, -2))),
            ("torchvision", average(x, True)),
        ):
            network = InceptionV3(layout, width_divisor=16)
            actual = network._run("", (inception_blocks.LAST,), x)
            np.testing.assert_allclose(
                ops.convert_to_numpy(actual), expected, rtol=1e-5
            )

    def test_stages_have_the_published_sizes(self):
        stages = self.network.stages(keras.Input((299, 299, 3)))
        self.assertEqual(
            {name: tuple(stage.shape[1:]) for name, stage in stages.items()},
            {
                "block0": (73, 73, 4),
                "block1": (35, 35, 12),
                "block2": (17, 17, 48),
                "block3": (8, 8, 128),
            },
        )

    def test_features_are_the_mean_of_the_last_map(self):
        x = small_input()
        expected = ops.convert_to_numpy(self.network.stages(x)["block3"])
        expected = expected.mean(axis=(1, 2))
        self.assertGreater(expected.std(), 1e-3)
        features = ops.convert_to_numpy(self.network(x)["pool3"])
        np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-5)

    def test_a_last_piece_that_is_not_full_changes_nothing(self):
        batch = images(3)
        features = self.network.features(batch, batch_size=2)
        self.assertEqual(features.dtype, np.float32)
        self.assertEqual(features.shape, (3, 128))
        np.testing.assert_allclose(
            features[1:],
            self.network.features(batch[1:]),
            rtol=1e-4,
            atol=1e-5,
        )

    def test_logits_are_a_dense_layer_with_or_without_its_bias(self):
        batch = images(2)
        kernel = ops.convert_to_numpy(self.network.classifier.kernel)
        bias = ops.convert_to_numpy(self.network.classifier.bias)
        expected = self.network.features(batch, "tf1") @ kernel
        for with_bias in (False, True):
            np.testing.assert_allclose(
                self.network.logits(batch, bias=with_bias),
                expected + bias * with_bias,
                rtol=1e-4,
                atol=1e-5,
            )

    def test_it_is_frozen_and_keeps_its_statistics(self):
        before = self.network.get_weights()
        self.network(small_input(), training=True)
        self.assertEqual(self.network.trainable_variables, [])
        for old, new in zip(before, self.network.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)

    def test_it_computes_in_float32_under_a_mixed_policy(self):
        policy = keras.config.dtype_policy()
        self.addCleanup(keras.config.set_dtype_policy, policy)
        keras.config.set_dtype_policy("mixed_bfloat16")
        network = InceptionV3(width_divisor=16)
        self.assertEqual(network.classifier.compute_dtype, "float32")

    @pytest.mark.slow
    def test_whole_model_file_survives(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "inception.keras")
            self.network.save(path)
            with golden.undrawn_weights():
                copy = keras.saving.load_model(path)
        self.assertEqual(copy.get_config(), self.network.get_config())
        x = small_input()
        for name, value in self.network(x).items():
            np.testing.assert_array_equal(
                ops.convert_to_numpy(copy(x)[name]), ops.convert_to_numpy(value)
            )

    def test_its_description_can_be_written_and_names_the_rule(self):
        for rule in ("torch", "tf1", "clean", "none"):
            told = json.loads(json.dumps(self.network.describe(rule)))
            self.assertEqual(told["resize"], rule)
            self.assertEqual(told["layout"], "tf2015")
            self.assertEqual(told["dimensions"], 128)

    def test_bad_arguments_and_images_are_errors(self):
        with self.assertRaisesRegex(ValueError, "layout='keras'"):
            InceptionV3("keras")
        with self.assertRaisesRegex(ValueError, "width_divisor=3"):
            InceptionV3(width_divisor=3)
        with self.assertRaisesRegex(ValueError, "num_classes=-1"):
            InceptionV3(num_classes=-1)
        with self.assertRaisesRegex(ValueError, "75 pixels or more.*74"):
            self.network(np.zeros((1, 75, 74, 3), "float32"))
        with self.assertRaisesRegex(ValueError, "75 pixels or more.*20, 30"):
            self.network.features(images(), "none")
        with self.assertRaisesRegex(ValueError, "resize='bicubic'"):
            self.network.features(images(), "bicubic")
