"""The order of the two passes, which versions of Pillow choose otherwise."""

import unittest

import numpy as np
from PIL import Image

from keras_semsynth.files import resize_image

BICUBIC = Image.Resampling.BICUBIC


class ResizeImageTest(unittest.TestCase):
    def test_height_comes_first_where_it_shrinks_by_twice_as_much(self):
        random = np.random.RandomState(0)
        for (height, width), size, height_first in (
            ((80, 57), (64, 64), True),
            ((64, 57), (80, 64), False),
            ((90, 60), (60, 50), True),
            ((80, 60), (60, 50), False),  # exactly twice
            ((80, 60), (60, 40), False),
            ((60, 60), (40, 60), True),
        ):
            pixels = random.randint(0, 256, (height, width, 3), "uint8")
            image = Image.fromarray(pixels)
            between = (width, size[0]) if height_first else (size[1], height)
            expected = image.resize(between, BICUBIC)
            expected = expected.resize(size[::-1], BICUBIC)
            actual = resize_image(image, size, BICUBIC)
            with self.subTest(size=(height, width), to=size):
                np.testing.assert_array_equal(actual, expected)

    def test_this_pillow_agrees_or_is_older(self):
        version = int(Image.__version__.partition(".")[0])
        random = np.random.RandomState(1)
        for _ in range(200):
            width, height, *size = (int(n) for n in random.randint(8, 90, 4))
            pixels = random.randint(0, 256, (height, width, 3), "uint8")
            image = Image.fromarray(pixels)
            shrinks = height - size[0]
            if version < 13 and shrinks > 2 * (width - size[1]):
                continue  # It changes the width first.
            np.testing.assert_array_equal(
                resize_image(image, tuple(size), BICUBIC),
                image.resize(size[::-1], BICUBIC),
            )
