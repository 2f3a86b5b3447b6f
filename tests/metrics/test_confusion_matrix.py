import unittest

import numpy as np

from keras_semsynth.metrics import ConfusionMatrix


class ConfusionMatrixTest(unittest.TestCase):
    def test_pixels_are_counted_by_true_and_predicted_class(self):
        random = np.random.RandomState(0)
        truth = random.randint(0, 4, (3, 5, 7))
        prediction = random.randint(0, 4, (3, 5, 7))
        confusion = ConfusionMatrix(4)
        for one, other in zip(truth, prediction, strict=True):
            confusion.update(one.astype("uint8"), other.astype("int32"))
        expected = np.zeros((4, 4), "int64")
        np.add.at(expected, (truth.ravel(), prediction.ravel()), 1)
        np.testing.assert_array_equal(confusion.counts, expected)
        self.assertEqual(confusion.counts.dtype, "int64")
        self.assertEqual((confusion.total, confusion.ignored), (105, 0))

    def test_pixels_without_a_true_class_are_ignored(self):
        confusion = ConfusionMatrix(3)
        confusion.update(
            np.array([-1, 255, 3, 2], "int32"), np.array([0, 1, 2, 2])
        )
        self.assertEqual((confusion.total, confusion.ignored), (4, 3))
        self.assertEqual(confusion.counts.sum(), confusion.counts[2, 2])

    def test_small_integers_do_not_overflow(self):
        confusion = ConfusionMatrix(182)
        confusion.update(np.full(9, 181, "uint8"), np.full(9, 180, "uint8"))
        self.assertEqual(confusion.counts[181, 180], 9)

    def test_bad_input_is_refused_in_one_sentence(self):
        confusion = ConfusionMatrix(3)
        ids = np.zeros((2, 2), "uint8")
        for wrong in (-1, 3):
            with self.assertRaisesRegex(ValueError, f"0 to 2. Rec.*{wrong}"):
                confusion.update(ids, np.full((2, 2), wrong))
        with self.assertRaisesRegex(ValueError, r"\(2, 2\) and \(2,\)"):
            confusion.update(ids, ids[0])
        with self.assertRaisesRegex(ValueError, "`truth` .* float64"):
            confusion.update(ids / 1.0, ids)
        with self.assertRaisesRegex(ValueError, "num_classes=0"):
            ConfusionMatrix(0)
        self.assertEqual(confusion.total, 0)
