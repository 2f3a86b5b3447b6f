import numpy as np
from PIL import Image

from keras_semsynth.scorers.pillow_resizing import resize_pixels
from keras_semsynth.scorers.pillow_resizing import resize_planes
from tests.scorers.random_weights import image
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class PillowResizingTest(SemsynthTestCase):
    def test_8_bit_images_are_resized_as_pillow_does(self):
        pixels = image((24, 40))
        actual = resize_pixels(pixels, (10, 17), "bicubic")
        expected = Image.fromarray(pixels[1]).resize((17, 10), Image.BICUBIC)
        self.assertEqual(actual.dtype, np.uint8)
        np.testing.assert_array_equal(actual[1], np.asarray(expected))
        self.assertIs(resize_pixels(pixels, (24, 40), "bicubic"), pixels)

    def test_float_images_are_not_rounded_and_do_not_overshoot(self):
        pixels = image((24, 40))
        # Pillow rounds 8-bit images, and clips them, after each axis.
        for resampling, limit in (("bilinear", 1.01), ("bicubic", 5)):
            whole = resize_pixels(pixels, (50, 17), resampling)
            fine = resize_pixels(np.float32(pixels), (50, 17), resampling)
            self.assertEqual(fine.dtype, np.float32)
            self.assertLess(np.abs(fine - whole).max(), limit)
            self.assertGreater(np.abs(fine - np.round(fine)).max(), 0.1)
            self.assertGreaterEqual(fine.min(), 0)
            self.assertLessEqual(fine.max(), 255)

    def test_halving_planes_weighs_four_cells_an_axis_with_a_triangle(self):
        x = random((2, 8, 12, 3))
        actual = resize_planes(x, (4, 6), "bilinear")
        # The filter of Pillow is as wide as four cells: 1, 3, 3, 1.
        share = np.array([1, 3, 3, 1]) / 8
        patch = x[:, 1:5, 3:7]  # around cell (1, 2) of the result
        expected = np.einsum("bijc,i,j->bc", patch, share, share)
        self.assert_close(actual[:, 1, 2], expected, 1e-6)
        self.assert_close(resize_planes(x, (8, 12), "bilinear"), x, 0)
