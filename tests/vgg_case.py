"""A small VGG-19 and VGG-16 in the layouts of their public files."""

import os
import tempfile
import unittest

import h5py
import numpy as np
from keras import ops

# Where torchvision's `features` has its convolutions, and how many a stage has.
PLACES = {
    19: (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34),
    16: (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
}
COUNTS = {19: (2, 2, 4, 4, 4), 16: (2, 2, 3, 3, 3)}
WIDTHS = (1, 2, 4, 8, 8)


def torchvision_state(depth=19):
    """A complete VGG of 1/64 width: all convolutions and a classifier."""
    random = np.random.RandomState(0)
    state, channels = {}, 3
    widths = np.repeat(WIDTHS, COUNTS[depth])
    for place, width in zip(PLACES[depth], widths, strict=True):
        kernel = random.standard_normal((width, channels, 3, 3))
        state[f"features.{place}.weight"] = kernel.astype("float32")
        bias = random.standard_normal(width)
        state[f"features.{place}.bias"] = bias.astype("float32")
        channels = width
    for place in (0, 3, 6):
        state[f"classifier.{place}.weight"] = np.zeros((2, 2), "float32")
        state[f"classifier.{place}.bias"] = np.zeros(2, "float32")
    return state


def keras_layers(state, depth=19):
    """The same network as Keras Applications: name, kernel, bias."""
    names = (
        f"block{block}_conv{index}"
        for block, count in enumerate(COUNTS[depth], start=1)
        for index in range(1, count + 1)
    )
    for place, name in zip(PLACES[depth], names, strict=True):
        kernel = state[f"features.{place}.weight"].transpose(2, 3, 1, 0)
        yield name, kernel, state[f"features.{place}.bias"]


def write_keras(path, state, depth=19):
    """A file of Keras Applications: a group a layer."""
    with h5py.File(path, "w") as file:
        for name, kernel, bias in keras_layers(state, depth):
            file[f"{name}/kernel"], file[f"{name}/bias"] = kernel, bias


def image(seed=0, size=(32, 48)):
    random = np.random.RandomState(seed)
    return random.uniform(-1, 1, (2, *size, 3)).astype("float32")


class VGGTestCase(unittest.TestCase):
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
