import numpy as np

from keras_semsynth.layers import SPADE
from keras_semsynth.layers import LabelConv2D
from keras_semsynth.layers.layout_level import layout_level
from tests import golden
from tests.layers.test_label_conv2d import GEOMETRIES
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ConstantExtraMapTest(SemsynthTestCase):
    """A vector stands for a map that is the same everywhere."""

    @golden.slow_on_jax
    def test_it_equals_the_map_at_every_geometry(self):
        label_map = random_label_map((2, 9, 13), 5)
        vector = random((2, 3))
        everywhere = np.broadcast_to(vector[:, None, None], (2, 9, 13, 3))
        for size, strides, padding, _ in GEOMETRIES:
            with self.subTest(size=size, strides=strides, padding=padding):
                layer = LabelConv2D(
                    4,
                    size,
                    5,
                    extra_channels=3,
                    strides=strides,
                    padding=padding,
                )
                expected = layer(label_map, everywhere)
                self.assert_close(layer(label_map, vector), expected, 2e-6)

    def test_spade_reads_it_at_every_resolution(self):
        features = random((2, 5, 7, 3))
        label_map = random_label_map((2, 10, 14), 4)
        vector = random((2, 2))
        everywhere = np.broadcast_to(vector[:, None, None], (2, 10, 14, 2))
        layer = SPADE(4, extra_channels=2, hidden_filters=6)
        expected, found = (
            layer(
                features,
                layout_level(label_map, extra_map, 5, 7),
                training=True,
            )
            for extra_map in (everywhere, vector)
        )
        self.assert_close(found, expected, 2e-6)
