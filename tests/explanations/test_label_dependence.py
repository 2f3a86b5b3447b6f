import unittest

import keras
import numpy as np

from keras_semsynth.explanations import LabelDependence
from keras_semsynth.explanations import inner_pixels
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.layers import LabelConv2D
from keras_semsynth.synthesis.layout import Layout
from tests.explanations.vis_test_case import VisTestCase
from tests.explanations.vis_test_case import stripes
from tests.semsynth_test_case import settle_spectral_vectors


class OneConvolution(keras.Model):
    """A "generator" that sees 5x5 labels."""

    num_classes = 4
    latent_size = None

    def __init__(self):
        super().__init__(autocast=False)
        self.conv = LabelConv2D(3, 5, self.num_classes)

    def call(self, label_map, latent=None, edge_map=None, training=None):
        return self.conv(label_map)


class LabelDependenceTest(VisTestCase):
    def test_a_pixel_depends_on_the_labels_under_the_kernel_only(self):
        generator = OneConvolution()
        dependence = LabelDependence(generator, Layout(stripes((12, 16))))
        gradient = dependence.gradient(6, 7)
        self.assertEqual(gradient.shape, (12, 16, 4))
        near = np.zeros((12, 16), bool)
        near[4:9, 5:10] = True
        self.assertEqual(np.abs(gradient[~near]).max(), 0.0)
        # Exactly: the kernel, averaged over the colours.
        kernel = keras.ops.convert_to_numpy(generator.conv.kernel)
        np.testing.assert_allclose(
            gradient[4:9, 5:10], np.abs(kernel.mean(-1)), rtol=1e-4, atol=1e-7
        )
        values, shares = dependence.dependence(6, 7)
        self.assertEqual(values[~near].max(), 0.0)
        self.assertGreater(values[6, 7], 0.0)
        # Columns 5 to 9 hold the classes 1 and 2.
        self.assertEqual({c for c, s in shares.items() if s > 0}, {1, 2})
        self.assertAlmostEqual(sum(shares.values()), 1.0, 5)
        self.assertEqual(list(shares.values()), sorted(shares.values())[::-1])

    def test_a_generated_pixel_depends_on_its_own_label(self):
        generator = SPADEGenerator(
            4, (32, 32), filters=2, hidden_filters=8, initializer_gain=1.0
        )
        generator.build()
        settle_spectral_vectors(generator)
        # Wide enough for pixels that the coarsest block does not reach.
        label_map = stripes((32, 2048))
        dependence = LabelDependence(generator, Layout(label_map))
        values, _ = dependence.dependence(0, 64)
        self.assertGreater(values[0, 64], 0.0)
        self.assertGreater(values[:, :256].max(), 0.0)
        self.assertEqual(values[:, 1024:].max(), 0.0)


class InnerPixelsTest(unittest.TestCase):
    def test_pixels_lie_in_the_midst_of_the_largest_classes(self):
        label_map = np.zeros((20, 30), "int32")
        label_map[:, 15:] = 1
        label_map[2:9, 2:9] = 2
        label_map[0, 0] = 3
        pixels = inner_pixels(label_map)
        self.assertEqual([label_map[p] for p in pixels], [1, 0, 2])
        self.assertEqual(pixels[2], (5, 5))
        self.assertEqual(len(inner_pixels(label_map, 9)), 4)
        self.assertEqual(inner_pixels(np.zeros((1, 1), int)), [(0, 0)])
