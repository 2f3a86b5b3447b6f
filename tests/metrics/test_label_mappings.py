import unittest

import numpy as np

from keras_semsynth.metrics import to_scorer_ids

TABLE = np.arange(256)


class LabelMappingsTest(unittest.TestCase):
    def test_ids_are_looked_up(self):
        ids = np.array([[0, 1], [2, 1]])
        mapped = to_scorer_ids(ids, np.array([4, 255, 0]))
        np.testing.assert_array_equal(mapped, [[4, 255], [0, 255]])
        self.assertEqual(mapped.dtype, "int32")

    def test_bad_input_is_refused_in_one_sentence(self):
        for wrong in (-1, 256):
            with self.assertRaisesRegex(ValueError, f"Received: {wrong}"):
                to_scorer_ids(np.array([0, wrong]), TABLE)
        with self.assertRaisesRegex(ValueError, "float64"):
            to_scorer_ids(np.zeros(3), TABLE)
        self.assertEqual(to_scorer_ids(np.zeros(0, int), TABLE).size, 0)
