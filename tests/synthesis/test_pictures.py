import unittest

import numpy as np

from keras_semsynth.synthesis import Pictures


class PicturesTest(unittest.TestCase):
    def test_parts_keep_the_notes_and_results_are_plain(self):
        images = np.arange(24, dtype="uint8").reshape(1, 2, 4, 3)
        pictures = Pictures(images, ["drawn at another size"])
        for same in (pictures, pictures[0], pictures.copy(), pictures[:, 1:]):
            self.assertIsInstance(same, Pictures)
            self.assertEqual(same.notes, ("drawn at another size",))
        for plain in (pictures != images, pictures / 2, pictures.mean(0)):
            self.assertIs(type(plain), np.ndarray)
        self.assertIs(type(pictures.max()), np.uint8)
        self.assertEqual(Pictures(images).notes, ())
