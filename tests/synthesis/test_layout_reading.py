import unittest

import numpy as np

from keras_semsynth.data import Classes
from keras_semsynth.synthesis.layout_reading import are_many
from keras_semsynth.synthesis.layout_reading import read_layout

CLASSES = Classes(["sky", "sea", "sand"])


class LayoutReadingTest(unittest.TestCase):
    def test_whole_numbers_are_ids_whatever_their_type(self):
        ids = np.array([[0, 1], [2, 1]])
        for kind in ("uint8", "int64", "float32", "float64"):
            read = read_layout(ids.astype(kind), CLASSES)
            self.assertEqual(read.dtype, np.int32)
            np.testing.assert_array_equal(read, ids)

    def test_class_weights_are_a_soft_layout(self):
        weights = np.full((2, 4, 3), 1 / 3)
        read = read_layout(weights, CLASSES)
        self.assertEqual((read.shape, read.dtype), ((2, 4, 3), np.float32))
        self.assertFalse(are_many(weights))
        self.assertTrue(are_many(weights[None]))
        self.assertTrue(are_many(np.zeros((5, 2, 4), int)))

    def test_colours_of_the_classes_are_a_painted_layout(self):
        ids = np.array([[0, 1], [2, 1]])
        painted = CLASSES.colors(ids)
        np.testing.assert_array_equal(read_layout(painted, CLASSES), ids)
        self.assertFalse(are_many(painted))
        with self.assertRaisesRegex(ValueError, "`layout` .* colour 9 9 9"):
            read_layout(np.full((2, 2, 3), 9, "uint8"), CLASSES)

    def test_anything_else_is_refused_in_a_sentence(self):
        for wrong, reason in (
            (np.zeros((0, 4), int), "not empty"),
            (np.zeros((4, 0, 3)), "not empty"),
            (np.zeros((2, 2), bool), "type bool"),
            (np.zeros(3, int), r"\(height, width\)"),
            (np.full((2, 2), 0.5), "holds 0.5, which is no class id"),
            (np.full((2, 2), np.nan), "holds nan, which is no class id"),
            (np.full((2, 2), 3.0), r"holds the ids \[3"),
            (np.full((2, 2), -1), r"0 to 2 \(sky to sand\)"),
            (np.zeros((2, 2, 4)), r"\(height, width, 3\)"),
            (np.full((2, 2, 3), 2.0), "weights from 0 to 1. Received: 2 to 2"),
            (np.full((2, 2, 3), np.nan), "weights from 0 to 1"),
        ):
            with self.assertRaisesRegex(ValueError, reason):
                read_layout(wrong, CLASSES)
