"""A small VGG-19 in the layouts of its public files."""

import os
import tempfile
import unittest

import numpy as np
from keras import ops

# Where torchvision's `features` has its convolutions, and their Keras names.
PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
KERAS_NAMES = tuple(
    f"block{block}_conv{index}"
    for block, count in enumerate((2, 2, 4, 4, 4), start=1)
    for index in range(1, count + 1)
)
WIDTHS = (1, 1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8)


def torchvision_state():
    """A complete VGG-19 of 1/64 width: 16 convolutions and a classifier."""
    random = np.random.RandomState(0)
    state, channels = {}, 3
    for place, width in zip(PLACES, WIDTHS, strict=True):
        kernel = random.standard_normal((width, channels, 3, 3))
        state[f"features.{place}.weight"] = kernel.astype("float32")
        bias = random.standard_normal(width)
        state[f"features.{place}.bias"] = bias.astype("float32")
        channels = width
    for place in (0, 3, 6):
        state[f"classifier.{place}.weight"] = np.zeros((2, 2), "float32")
        state[f"classifier.{place}.bias"] = np.zeros(2, "float32")
    return state


def keras_layers(state):
    """The same network as Keras Applications: name, kernel, bias."""
    for place, name in zip(PLACES, KERAS_NAMES, strict=True):
        kernel = state[f"features.{place}.weight"].transpose(2, 3, 1, 0)
        yield name, kernel, state[f"features.{place}.bias"]


def image(seed=0, size=(32, 48)):
    random = np.random.RandomState(seed)
    return random.uniform(-1, 1, (2, *size, 3)).astype("float32")


class VGG19TestCase(unittest.TestCase):
    """A temporary folder, and the comparison of two networks."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def assertSameFeatures(self, network, expected):
        for actual, feature in zip(
            network(image()), expected(image()), strict=True
        ):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(actual), ops.convert_to_numpy(feature)
            )
