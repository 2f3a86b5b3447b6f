import unittest

import numpy as np

from keras_semsynth.evaluation.crop_pictures import MOST
from keras_semsynth.evaluation.crop_pictures import CropExamples


def crop(level, size=(64, 64)):
    return np.full((*size, 3), level, "uint8")


class CropExamplesTest(unittest.TestCase):
    def test_the_real_crop_stands_beside_the_generated_one(self):
        examples = CropExamples()
        examples.add(crop(50, (8, 16)), crop(60, (8, 16)))
        # Floats are what some protocols score.
        white = np.ones((64, 64, 3), "float32")
        examples.add(white * (100 / 127.5 - 1), crop(200))
        picture = examples.draw()
        centres = picture[[14 + 64, 14 + 132 + 64]][:, [4 + 64, 4 + 132 + 64]]
        # The largest comes first; the other keeps its proportions.
        self.assertEqual(centres[..., 0].tolist(), [[200, 100], [60, 50]])
        self.assertEqual(picture[14 + 132 + 4, 4 + 64].tolist(), [255] * 3)

    def test_examples_are_drawn_from_all_objects(self):
        kept = []
        for seed in range(40):
            examples = CropExamples(seed)
            for level in range(100):
                examples.add(crop(level, (2, 2)), crop(level, (2, 2)))
            self.assertEqual(len(examples.pairs), MOST)
            levels = [pair[0][0, 0, 0] for pair in examples.pairs]
            self.assertEqual(len(set(levels)), MOST)
            for generated, real in examples.pairs:
                np.testing.assert_array_equal(generated, real)
            kept += levels
        self.assertLess(abs(np.mean(kept) - 49.5), 6)

    def test_without_objects_there_is_no_picture(self):
        self.assertIsNone(CropExamples().draw())
