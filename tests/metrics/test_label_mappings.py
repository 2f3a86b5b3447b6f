import unittest

import numpy as np

from keras_semsynth.data import class_names
from keras_semsynth.metrics import to_scorer_ids
from tests import golden


class LabelMappingsTest(unittest.TestCase):
    def test_cityscapes_keeps_19_of_35_ids(self):
        mapped = to_scorer_ids(np.arange(35, dtype="uint8"), "cityscapes")
        self.assertEqual(mapped.dtype, "int32")
        kept = mapped != 255
        np.testing.assert_array_equal(mapped[kept], np.arange(19))
        names = np.array(class_names.CITYSCAPES)[kept]
        self.assertEqual(
            (names[0], names[13], names[18]), ("road", "car", "bicycle")
        )
        # -1 in a file of 8 bits.
        self.assertEqual(to_scorer_ids(np.array([255]), "cityscapes"), 255)

    def test_ade20k_moves_down_by_one_and_ignores_unknown(self):
        ids = np.arange(151)
        for name in ("ade20k", "ade20k_outdoor"):
            np.testing.assert_array_equal(to_scorer_ids(ids, name), ids - 1)
        shifted = to_scorer_ids(ids, "ade20k_shifted")
        np.testing.assert_array_equal(shifted[:150], ids[:150])
        self.assertEqual(shifted[150], -1)

    def test_coco_stuff_stays_and_unknown_is_ignored(self):
        mapped = to_scorer_ids(np.arange(183), "coco_stuff")
        np.testing.assert_array_equal(mapped[:182], np.arange(182))
        self.assertEqual(mapped[182], 255)

    def test_a_table_of_ones_own(self):
        ids = np.array([[0, 1], [2, 1]])
        np.testing.assert_array_equal(
            to_scorer_ids(ids, np.array([4, 255, 0])), [[4, 255], [0, 255]]
        )

    def test_bad_input_is_refused_in_one_sentence(self):
        with self.assertRaisesRegex(ValueError, "no label mapping for 'voc'"):
            to_scorer_ids(np.zeros(3, "uint8"), "voc")
        for wrong in (-1, 256):
            with self.assertRaisesRegex(ValueError, f"Received: {wrong}"):
                to_scorer_ids(np.array([0, wrong]), "ade20k")
        with self.assertRaisesRegex(ValueError, "float64"):
            to_scorer_ids(np.zeros(3), "ade20k")
        self.assertEqual(to_scorer_ids(np.zeros(0, int), "ade20k").size, 0)

    def test_official_train_ids(self):
        file = golden.Golden("eval_seg_metrics")
        np.testing.assert_array_equal(
            to_scorer_ids(file["in/city_ids"], "cityscapes"),
            file["out/city_train_ids"],
        )
