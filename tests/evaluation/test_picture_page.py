import unittest

import numpy as np

from keras_semsynth.evaluation.picture_page import choose


class ChooseTest(unittest.TestCase):
    def test_worst_and_best_of_each_class(self):
        nan = np.nan
        per_image = [
            (0, [0.9, nan]),
            (1, [0.1, 0.5]),
            (2, [0.5, nan]),
            (3, [0.7, nan]),
        ]
        chosen = choose([(i, np.array(v)) for i, v in per_image], 2, 1)
        self.assertEqual(list(chosen), [0, 1])
        self.assertEqual(chosen[0], ([(1, 0.1)], [(0, 0.9)]))
        # One sample cannot stand at both ends.
        self.assertEqual(chosen[1], ([(1, 0.5)], []))

    def test_classes_that_no_layout_shows_are_left_out(self):
        chosen = choose([(0, np.array([np.nan, 0.5]))], 2, 3)
        self.assertEqual(list(chosen), [1])
