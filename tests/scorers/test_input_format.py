import numpy as np

from keras_semsynth.scorers.input_format import InputFormat
from tests.scorers.random_weights import image
from tests.semsynth_test_case import SemsynthTestCase


class InputFormatTest(SemsynthTestCase):
    def test_rgb_of_0_to_1_over_the_deviation(self):
        pixels = image()
        x = InputFormat("rgb", 1.0, (0.1, 0.2, 0.3), (0.5, 1.0, 2.0))
        expected = (pixels / 255 - [0.1, 0.2, 0.3]) / [0.5, 1.0, 2.0]
        actual = x.apply(pixels)
        self.assertEqual(actual.dtype, np.float32)
        self.assert_close(actual, expected, 1e-6)

    def test_bgr_of_0_to_255_less_the_mean(self):
        pixels = image()
        x = InputFormat("bgr", 255.0, (100.0, 110.0, 120.0))
        expected = np.float64(pixels)[..., ::-1] - [100, 110, 120]
        self.assert_close(x.apply(pixels), expected, 1e-6)
        self.assertEqual(x.describe()["pixel_range"], [0.0, 255.0])
        self.assertEqual(x.describe()["std"], [1.0, 1.0, 1.0])
