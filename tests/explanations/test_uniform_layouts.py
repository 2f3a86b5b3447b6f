"""Normalization washes uniform labels away (SPADE, figure 3)."""

import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import Synthesizer
from keras_semsynth.data import Classes
from keras_semsynth.explanations import uniform_layouts
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.layers import SPADE
from keras_semsynth.layers import InstanceNormalization
from keras_semsynth.layers import LabelConv2D
from keras_semsynth.layers.layout_level import layout_level

SKY, GRASS = (np.full((1, 16, 16), c, "int32") for c in (0, 1))


def gap(function):
    """How far the outputs for all sky and for all grass are apart."""
    sky, grass = (ops.convert_to_numpy(function(x)) for x in (SKY, GRASS))
    return np.abs(sky - grass).max()


def apart(generator, layouts):
    """The mean difference of the images of two layouts."""
    images = [ops.convert_to_numpy(generator(layout)) for layout in layouts]
    return np.abs(images[0] - images[1]).mean()


class UniformLabelsTest(unittest.TestCase):
    def test_a_convolution_and_an_instance_norm_forget_the_class(self):
        keras.utils.set_random_seed(1)
        # Without padding: a uniform layout has no borders inside.
        convolution = LabelConv2D(8, 3, 3, padding=0)
        normalization = InstanceNormalization()
        self.assertGreater(gap(convolution), 0.1)
        self.assertLess(gap(lambda x: normalization(convolution(x))), 1e-3)

    def test_spade_remembers_it_after_normalizing(self):
        keras.utils.set_random_seed(1)
        convolution = LabelConv2D(8, 3, 3, padding=0)
        layer = SPADE(3, hidden_filters=8, normalization="instance")

        def apply(label_map):
            level = layout_level(label_map, None, 14, 14)
            return layer(convolution(label_map), level)

        self.assertGreater(gap(apply), 0.05)


class UniformLayoutsTest(unittest.TestCase):
    def test_pix2pixhd_makes_one_image_of_all_classes_and_spade_does_not(self):
        keras.utils.set_random_seed(1)
        # Spectral norm would let the rounding of constants grow.
        pix2pixhd = Pix2PixHDGenerator(
            3,
            (32, 32),
            filters=4,
            num_downsamplings=1,
            num_blocks=1,
            spectral=False,
        )
        spade = SPADEGenerator(3, (32, 32), filters=2, hidden_filters=4)
        uniform = [np.full((1, 32, 32), c, "int32") for c in (0, 1)]
        mixed = [np.roll([[0, 1]], c).repeat(16, 1) for c in (0, 1)]
        mixed = [np.broadcast_to(rows, (1, 32, 32)) for rows in mixed]
        self.assertLess(
            apart(pix2pixhd, uniform), 1e-3 * apart(pix2pixhd, mixed)
        )
        self.assertGreater(apart(spade, uniform), 0.3 * apart(spade, mixed))

    def test_the_picture_has_a_row_for_each_class(self):
        keras.utils.set_random_seed(1)
        generator = SPADEGenerator(
            3, (32, 32), filters=2, hidden_filters=4, initializer_gain=1.0
        )
        classes = Classes(["sky", "grass", "sea"])
        synthesizers = {"SPADE": Synthesizer(generator, classes=classes)}
        images, picture = uniform_layouts(synthesizers, ["sky", 1])
        (grass,) = synthesizers["SPADE"].synthesize(np.ones((32, 32), "int32"))
        np.testing.assert_array_equal(images["SPADE"][1], grass)
        # Two rows: the layout and the image, enlarged four times.
        self.assertEqual(picture.shape, (14 + 2 * 132, 4 + 2 * 132, 3))
        np.testing.assert_array_equal(
            picture[14 + 132 : -4, 4 + 132 : -4],
            grass.repeat(4, axis=0).repeat(4, axis=1),
        )
        np.testing.assert_array_equal(
            picture[14 + 64, 4 + 64], classes.palette[0]
        )
        with self.assertRaisesRegex(ValueError, "There is no class 'snow'"):
            uniform_layouts(synthesizers, ["snow"])
