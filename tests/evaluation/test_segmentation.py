import unittest

import numpy as np

from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.segmentation import SegmentationJudge
from keras_semsynth.evaluation.segmentation import SegmentationRuler
from keras_semsynth.evaluation.segmentation import image_iou
from tests.evaluation.fake_scorer import GreyScorer


class ListTargets:
    def __init__(self, targets):
        self.targets = targets

    def __len__(self):
        return len(self.targets)

    def read(self, index, image_size=None):
        return self.targets[index]


def halves(top, bottom, size=(8, 6)):
    label_map = np.full(size, top)
    label_map[size[0] // 2 :] = bottom
    return label_map


class SegmentationJudgeTest(unittest.TestCase):
    def setUp(self):
        self.scorer = GreyScorer()
        self.ruler = SegmentationRuler(
            "grey",
            self.scorer,
            lambda label_map: label_map,
            "cityscapes",
            self.scorer.class_names,
            self.scorer.describe(),
            groups={"wet": (1, 2)},
        )
        layouts = [halves(0, 1), halves(1, 2), halves(2, 0), halves(0, 2)]
        self.targets = ListTargets(
            [
                Target(str(i), self.scorer.paint(layout), layout)
                for i, layout in enumerate(layouts)
            ]
        )

    def score(self, images, references=()):
        judge = SegmentationJudge(self.ruler, self.targets, references)
        judge.update(images, self.targets.targets, [0, 1, 2, 3])
        return judge, {score.name: score for score in judge.scores()}

    def test_images_that_follow_their_layouts_score_full_marks(self):
        images = np.stack([t.image for t in self.targets.targets])
        _, scores = self.score(images, ("real", "shuffled"))
        self.assertEqual(scores["miou"].value, 1)
        self.assertEqual(scores["real/miou"].value, 1)
        self.assertEqual(scores["pixel_accuracy_valid"].value, 1)
        self.assertEqual(scores["miou"].details["iou"]["sea"], 1)
        # Layout i against image i + 2.
        self.assertLess(scores["shuffled/miou"].value, 0.4)

    def test_ignored_pixels_are_left_out_or_count_as_wrong(self):
        images = np.stack([t.image for t in self.targets.targets])
        self.targets.read(0).label_map = halves(0, 255)
        _, scores = self.score(images)
        self.assertEqual(scores["miou"].value, 1)
        self.assertEqual(scores["pixel_accuracy_valid"].value, 1)
        self.assertEqual(scores["pixel_accuracy_all"].value, 7 / 8)
        self.assertEqual(scores["miou"].ruler["ignored_pixels"], 24)

    def test_values_are_those_of_the_definition(self):
        images = np.stack([t.image for t in self.targets.targets])
        images[0] = self.scorer.paint(halves(0, 0))
        judge, scores = self.score(images)
        # sky: 96 / 4 images; true 3 halves, predicted 4; sea: true 2, found 1.
        self.assertAlmostEqual(
            scores["miou"].value, np.mean([3 / 4, 1 / 2, 1.0])
        )
        self.assertAlmostEqual(scores["wet_miou"].value, np.mean([1 / 2, 1.0]))
        self.assertAlmostEqual(scores["pixel_accuracy_valid"].value, 7 / 8)
        index, iou = judge.per_image[0]
        self.assertEqual(index, 0)
        np.testing.assert_allclose(iou, [0.5, 0, np.nan])

    def test_iou_of_one_image(self):
        counts = np.array([[3, 1, 0], [0, 0, 0], [0, 2, 2]])
        np.testing.assert_allclose(image_iou(counts), [3 / 4, np.nan, 2 / 4])
