"""What every segmentation scorer with public weights promises."""

import os
import tempfile

import keras
import numpy as np
import pytest

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints.official import find_converter
from tests import golden
from tests.scorers.random_weights import image
from tests.scorers.random_weights import official_state


class SegmentationChecks:
    """Mixin of test cases.

    Attributes:
        name: Name of the converter.
        small: dict. Constructor arguments of a small network.
        unused: dict, key -> shape, of what public files hold besides.
        told: dict, options that no file tells.
    """

    name = None
    small = None
    unused = {}
    told = {}

    @classmethod
    def setUpClass(cls):
        network_class = find_converter(cls.name).network_class
        cls.state = official_state(network_class(**cls.small))
        cls.eager = cls.network()

    @classmethod
    def tearDownClass(cls):
        del cls.state, cls.eager

    @classmethod
    def network(cls, **options):
        """A small network that is not compiled."""
        options = {**cls.told, **options}
        network = checkpoints.from_official(cls.name, cls.state, **options)
        network.run_eagerly = True
        return network

    def test_its_state_is_read_completely_and_written_back(self):
        for argument, value in self.small.items():
            self.assertEqual(getattr(self.eager, argument), value, argument)
        more = {k: np.ones(s, "float32") for k, s in self.unused.items()}
        more = {f"module.{k}": v for k, v in {**self.state, **more}.items()}
        network = checkpoints.from_official(
            self.name, {"state_dict": more}, **self.told
        )
        written = checkpoints.to_official(network)
        self.assertEqual(set(written), set(self.state))
        for key, value in written.items():
            np.testing.assert_array_equal(value, self.state[key], key)

    def test_a_state_that_lacks_a_key_or_has_another_is_an_error(self):
        state = dict(self.state)
        key = next(key for key in state if key.endswith("running_mean"))
        state["surplus.weight"] = state.pop(key)
        with self.assertRaises(ValueError) as caught:
            checkpoints.from_official(self.name, state, **self.told)
        self.assertIn(key, str(caught.exception))
        self.assertIn("surplus.weight", str(caught.exception))
        with self.assertRaisesRegex(ValueError, "no key tells"):
            checkpoints.from_official(
                self.name, {"a.weight": np.zeros(3, "float32")}
            )

    def test_it_is_frozen_and_survives_its_file(self):
        self.assertEqual(self.eager.trainable_variables, [])
        expected = self.eager.segment(image())
        self.assertGreater(len(np.unique(expected)), 1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "scorer.keras")
            self.eager.save(path)
            copy = keras.saving.load_model(path)
        copy.run_eagerly = True
        self.assertEqual(copy.describe(), self.eager.describe())
        np.testing.assert_array_equal(copy.segment(image()), expected)

    @pytest.mark.slow
    def test_compiled_and_eager_agree_for_all_sizes(self):
        compiled = self.network()
        compiled.run_eagerly = False
        # The second size is traced with unknown ones on TensorFlow.
        for size in ((32, 48), (56, 40)):
            pixels = image(size)
            scores, expected = (
                keras.ops.convert_to_numpy(network.class_scores(pixels, size))
                for network in (compiled, self.eager)
            )
            self.assertEqual(scores.shape, (2, *size, compiled.num_classes))
            self.assertLess(golden.error(scores, expected), 1e-5)

    def test_float_images_and_another_size_of_the_result(self):
        pixels = image()
        # Of whole grey levels, so that nothing is lost.
        floats = np.float32(pixels) / np.float32(127.5) - np.float32(1)
        same = self.eager.segment(floats) == self.eager.segment(pixels)
        self.assertGreater(same.mean(), 0.99)
        classes = self.eager.segment(pixels, size=(24, 32))
        self.assertEqual(classes.shape, (2, 24, 32))
        self.assertEqual(classes.dtype, np.int32)


def golden_image(file):
    return file["in/img"][None]


def first(x, *slices):
    """Of a batch of one map, in the order channels, rows, columns."""
    return golden.to_first(x)[0][(slice(None), *slices)]


def means(x):
    return golden.to_first(x)[0].mean((1, 2))
