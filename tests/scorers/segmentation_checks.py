"""What every segmentation scorer with public weights promises."""

import os
import tempfile

import keras
import numpy as np

from keras_semsynth import checkpoints
from tests import golden
from tests.scorers.random_weights import image
from tests.scorers.random_weights import official_state


class SegmentationChecks:
    """Mixin of test cases; `small(**options)` returns a small network.

    Attributes:
        name: Name of the converter.
        small: dict. Constructor arguments of a small network.
        unused: dict, key -> shape, of what public files hold besides.
    """

    name = None
    small = None
    unused = {}

    def network(self, **options):
        network_class = checkpoints.registry.CONVERTERS[self.name].network_class
        state = official_state(network_class(**self.small))
        return checkpoints.from_official(self.name, state, **options)

    def test_its_state_is_read_completely_and_written_back(self):
        network = self.network()
        for argument, value in self.small.items():
            self.assertEqual(getattr(network, argument), value, argument)
        state = checkpoints.to_official(network)
        more = {
            f"module.{key}": value
            for key, value in {
                **state,
                **{k: np.ones(s, "float32") for k, s in self.unused.items()},
            }.items()
        }
        again = checkpoints.from_official(self.name, {"state_dict": more})
        for key, value in checkpoints.to_official(again).items():
            np.testing.assert_array_equal(value, state[key], key)

    def test_a_state_that_lacks_a_key_or_has_another_is_an_error(self):
        state = checkpoints.to_official(self.network())
        key = next(key for key in state if key.endswith("running_mean"))
        state["surplus.weight"] = state.pop(key)
        with self.assertRaises(ValueError) as caught:
            checkpoints.from_official(self.name, state)
        self.assertIn(key, str(caught.exception))
        self.assertIn("surplus.weight", str(caught.exception))
        with self.assertRaisesRegex(ValueError, "no key tells"):
            checkpoints.from_official(
                self.name, {"a.weight": np.zeros(3, "float32")}
            )

    def test_it_is_frozen_and_survives_its_file(self):
        network = self.network()
        network.run_eagerly = True
        self.assertEqual(network.trainable_variables, [])
        expected = network.segment(image())
        self.assertGreater(len(np.unique(expected)), 1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "scorer.keras")
            network.save(path)
            copy = keras.saving.load_model(path)
        copy.run_eagerly = True
        self.assertEqual(copy.describe(), network.describe())
        np.testing.assert_array_equal(copy.segment(image()), expected)

    def test_compiled_and_eager_agree_for_all_sizes(self):
        network = self.network()
        eager = self.network()
        eager.run_eagerly = True
        for size in ((32, 48), (56, 40)):
            pixels = image(size)
            scores, expected = (
                np.asarray(
                    keras.ops.convert_to_numpy(n.class_scores(pixels, size))
                )
                for n in (network, eager)
            )
            self.assertEqual(scores.shape, (2, *size, network.num_classes))
            self.assertLess(golden.error(scores, expected), 1e-5)

    def test_float_images_and_another_size_of_the_result(self):
        network = self.network()
        network.run_eagerly = True
        pixels = image()
        # Of whole grey levels, so that nothing is lost.
        floats = np.float32(pixels) / np.float32(127.5) - np.float32(1)
        same = network.segment(floats) == network.segment(pixels)
        self.assertGreater(same.mean(), 0.99)
        classes = network.segment(pixels, size=(24, 32))
        self.assertEqual(classes.shape, (2, 24, 32))
        self.assertEqual(classes.dtype, np.int32)


def golden_image(file):
    return file["in/img"][None]


def first(x, *slices):
    """Of a batch of one map, in the order channels, rows, columns."""
    return golden.to_first(x)[0][(slice(None), *slices)]


def means(x):
    return golden.to_first(x)[0].mean((1, 2))
