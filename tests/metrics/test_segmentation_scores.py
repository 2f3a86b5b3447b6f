import unittest

import numpy as np

from keras_semsynth.metrics import CITYSCAPES_OBJECTS
from keras_semsynth.metrics import ConfusionMatrix
from keras_semsynth.metrics import group_iou
from keras_semsynth.metrics import segmentation_scores
from keras_semsynth.metrics import to_scorer_ids
from tests import golden


def confusion(truth, prediction, num_classes=4):
    result = ConfusionMatrix(num_classes)
    result.update(np.array(truth), np.array(prediction))
    return result


class SegmentationScoresTest(unittest.TestCase):
    # Class 0: 2 of 3 right; 1: none right; 2: only predicted; 3: never.
    EXAMPLE = ([0, 0, 0, 1, 255, 255], [0, 0, 2, 0, 1, 3])

    def test_the_three_means_are_over_different_classes(self):
        found = {
            convention: segmentation_scores(
                confusion(*self.EXAMPLE), convention
            )
            for convention in ("cityscapes", "ade20k", "coco_stuff")
        }
        # IoU: 2 of 4, 0 of 1, 0 of 1, none.
        self.assertAlmostEqual(found["cityscapes"]["miou"], 0.5 / 3)
        self.assertAlmostEqual(found["ade20k"]["miou"], 0.5 / 4)
        self.assertAlmostEqual(found["coco_stuff"]["miou"], 0.5 / 2)
        self.assertEqual(found["cityscapes"]["iou"], [0.5, 0.0, 0.0, None])
        self.assertEqual(found["ade20k"]["iou"][3], 0.0)

    def test_accuracies_leave_ignored_pixels_out_or_count_them_wrong(self):
        scores = segmentation_scores(confusion(*self.EXAMPLE))
        self.assertAlmostEqual(scores["pixel_accuracy_valid"], 2 / 4)
        self.assertAlmostEqual(scores["pixel_accuracy_all"], 2 / 6)
        self.assertAlmostEqual(scores["class_accuracy"], (2 / 3 + 0) / 2)
        self.assertAlmostEqual(
            scores["frequency_weighted_iou"], (3 * 0.5 + 1 * 0.0) / 4
        )

    def test_a_perfect_prediction_scores_one(self):
        scores = segmentation_scores(confusion([0, 1, 2, 3], [0, 1, 2, 3]))
        for name, value in scores.items():
            if name != "iou":
                self.assertEqual(value, 1.0, name)

    def test_predictions_on_ignored_pixels_do_not_matter(self):
        truth = [0, 1, 255, -1]
        self.assertEqual(
            segmentation_scores(confusion(truth, [0, 1, 0, 1])),
            segmentation_scores(confusion(truth, [0, 1, 3, 3])),
        )

    def test_a_group_is_any_list_of_classes(self):
        matrix = confusion(*self.EXAMPLE)
        self.assertEqual(group_iou(matrix, [0, 1]), 0.25)
        self.assertEqual(group_iou(matrix, (0, 3)), 0.5)
        self.assertIsNone(group_iou(matrix, [3]))
        with self.assertRaisesRegex(ValueError, "0 to 3. Received: 4"):
            group_iou(matrix, [4])

    def test_object_classes_are_those_of_cityscapes_only(self):
        scores = segmentation_scores(confusion([11, 0], [11, 1], 19))
        self.assertEqual(scores["object_miou"], 1.0)
        self.assertNotIn(
            "object_miou", segmentation_scores(confusion([1], [1], 20))
        )
        scores = segmentation_scores(confusion([0], [0], 19))
        self.assertIsNone(scores["object_miou"])

    def test_nothing_to_score_is_said(self):
        with self.assertRaisesRegex(ValueError, "None of 2 pixels"):
            segmentation_scores(confusion([255, 255], [0, 1]))
        with self.assertRaisesRegex(ValueError, "None of 0 pixels"):
            segmentation_scores(ConfusionMatrix(3))
        with self.assertRaisesRegex(ValueError, "convention='voc'"):
            segmentation_scores(confusion([0], [0]), "voc")


class SegmentationScoresGoldenTest(unittest.TestCase):
    LIMIT = 1e-9

    def assertScore(self, actual, expected):
        self.assertLessEqual(abs(actual / float(expected) - 1), self.LIMIT)

    def assertIoU(self, actual, expected):
        actual = [np.nan if value is None else value for value in actual]
        np.testing.assert_allclose(
            actual, expected, rtol=self.LIMIT, atol=1e-15
        )

    def test_drn_tool(self):
        file = golden.Golden("eval_seg_metrics")
        matrix = ConfusionMatrix(19)
        for truth, prediction in zip(
            file["in/city_label"], file["in/city_pred"], strict=True
        ):
            matrix.update(truth, prediction)
        np.testing.assert_array_equal(matrix.counts, file["out/city_hist"])
        scores = segmentation_scores(matrix, "cityscapes")
        self.assertIoU(scores["iou"], file["out/city_iou"])
        for name, key in (
            ("miou", "miou"),
            ("pixel_accuracy_valid", "acc_valid_only"),
            ("pixel_accuracy_all", "acc_all_pixels"),
            ("object_miou", "obj_miou"),
        ):
            self.assertScore(scores[name], file[f"out/city_{key}"])
        self.assertEqual(
            scores["object_miou"], group_iou(matrix, CITYSCAPES_OBJECTS)
        )

    def test_upernet_tool(self):
        file = golden.Golden("eval_seg_metrics")
        matrix = ConfusionMatrix(150)
        matrix.update(
            # 0 is unknown, k is class k - 1.
            to_scorer_ids(file["in/ade_label_png"], np.arange(256) - 1),
            file["in/ade_pred"],
        )
        hits = np.diag(matrix.counts)
        np.testing.assert_array_equal(hits, file["out/ade_intersection"])
        np.testing.assert_array_equal(
            matrix.counts.sum(0) + matrix.counts.sum(1) - hits,
            file["out/ade_union"],
        )
        scores = segmentation_scores(matrix, "ade20k")
        self.assertIoU(scores["iou"], file["out/ade_iou"])
        for name, key in (
            ("miou", "miou"),
            ("pixel_accuracy_valid", "acc_valid_only"),
            ("pixel_accuracy_all", "acc_all_pixels"),
        ):
            self.assertScore(scores[name], file[f"out/ade_{key}"])

    def test_deeplab_tool(self):
        file = golden.Golden("eval_seg_metrics")
        matrix = ConfusionMatrix(182)
        matrix.update(file["in/coco_label_png"], file["in/coco_pred"])
        scores = segmentation_scores(matrix, "coco_stuff")
        self.assertIoU(scores["iou"], file["out/coco_iou"])
        np.testing.assert_array_equal(
            np.flatnonzero(matrix.counts.sum(1)),
            file["out/coco_classes_in_mean"],
        )
        for name, key in (
            ("miou", "miou"),
            ("pixel_accuracy_valid", "pixel_acc"),
            ("pixel_accuracy_all", "acc_all_pixels"),
            ("class_accuracy", "mean_acc"),
            ("frequency_weighted_iou", "fwiou"),
        ):
            self.assertScore(scores[name], file[f"out/coco_{key}"])
