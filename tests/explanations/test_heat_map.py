import unittest

import numpy as np

from keras_semsynth.explanations import heat_map


class HeatMapTest(unittest.TestCase):
    def test_brighter_means_more(self):
        row = np.linspace(0, 2, 50)[None]
        colors = heat_map.hot(row, 2.0).astype("float64")
        light = colors @ [0.299, 0.587, 0.114]
        self.assertTrue((np.diff(light[0]) > 0).all())
        np.testing.assert_array_equal(
            heat_map.hot(np.array([[9.0]]), 2.0)[0, 0], colors[0, -1]
        )

    def test_a_single_spike_does_not_darken_the_rest(self):
        values = np.ones((30, 30))
        values[0, 0] = 1000.0
        self.assertGreater(heat_map.hot(values)[9, 9].mean(), 150)
        self.assertEqual(heat_map.hot(np.zeros((3, 3))).max(), 4)

    def test_fake_is_red_and_real_is_blue(self):
        (fake, none, real) = heat_map.signed(np.array([[-1.0, 0, 1]]), 1.0)[0]
        self.assertGreater(int(fake[0]), int(fake[2]) + 100)
        self.assertGreater(int(real[2]), int(real[0]) + 100)
        self.assertEqual(len(set(none.tolist())), 1)

    def test_an_overlay_glows_where_values_are_high(self):
        image = np.full((8, 8, 3), 100, "uint8")
        values = np.zeros((2, 2))
        values[0, 0] = 3.0
        picture = heat_map.overlay(image, values)
        self.assertEqual(picture.shape, (8, 8, 3))
        self.assertGreater(picture[0, 0].mean(), 2 * picture[7, 7].mean())
        np.testing.assert_array_equal(picture[7, 7], [50, 50, 50])
        heat_map.overlay(image, np.zeros((2, 2)))  # nothing is fine

    def test_a_ring_marks_the_pixel(self):
        image = np.full((6, 5, 3), 128, "uint8")
        picture = heat_map.mark(image, 2, 3, 10)
        self.assertEqual(picture.shape, (60, 50, 3))
        rows, columns = np.nonzero((picture != 128).any(-1))
        self.assertEqual(
            (rows.mean().round(), columns.mean().round()), (25, 35)
        )
