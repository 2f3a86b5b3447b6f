import pathlib
import unittest

from keras_semsynth.evaluation.protocols import PROTOCOLS
from keras_semsynth.evaluation.report import Report
from keras_semsynth.evaluation.report import as_markdown
from keras_semsynth.evaluation.report import published_scores
from keras_semsynth.evaluation.report import table
from keras_semsynth.evaluation.report import with_published
from keras_semsynth.evaluation.score import Score


def scores():
    iou = {"iou": {"sky": 0.5, "sea": None}}
    return [
        Score("fid", 71.234, {"generated_images": 500}, better="lower"),
        Score("miou", 0.623, {"images": 500}, "%", details=iou),
        Score("pixel_accuracy_valid", 0.93, {}, "%"),
        Score("pixel_accuracy_all", 0.82, {}, "%"),
        Score("real/miou", 0.756, {}, "%", details=iou),
        Score("fid_crops_large", None, {}, better="lower", note="too few"),
    ]


class ReportTest(unittest.TestCase):
    def test_published_numbers_stand_beside_the_measured(self):
        found = with_published(
            scores(), published_scores("spade", "cityscapes"), "all"
        )
        published = {score.name: score.published for score in found}
        self.assertEqual(published["fid"], 71.8)
        self.assertEqual(published["miou"], 62.3)
        self.assertEqual(published["pixel_accuracy_all"], 81.9)
        self.assertIsNone(published["pixel_accuracy_valid"])
        self.assertIsNone(published["real/miou"])

    def test_with_the_float32_routine_that_row_is_the_papers(self):
        found = with_published(
            [*scores(), Score("fid_float32_oasis", 47.0, {})],
            published_scores("oasis", "cityscapes"),
            "valid",
        )
        published = {score.name: score.published for score in found}
        self.assertIsNone(published["fid"])
        self.assertEqual(published["fid_float32_oasis"], 47.7)

    def test_nothing_is_published_for_other_datasets(self):
        self.assertEqual(published_scores("spade", "landscapes"), {})
        self.assertEqual(published_scores(None, "cityscapes"), {})

    def test_datasets_without_a_preset_have_scores_too(self):
        self.assertEqual(published_scores("scgan", "unpaired")["IS"], 3.183)
        outdoor = published_scores("spade", "ade20k_outdoor")
        self.assertEqual(outdoor["FID"], 63.3)
        crops = published_scores("dpgan", "cityscapes")["FID crops small"]
        self.assertEqual(crops, 27.1)
        self.assertEqual(
            published_scores("scgan", "celebamask_hq")["LPIPS"], 0.395
        )

    def test_references_are_columns(self):
        headings, rows = table(scores())
        self.assertEqual(headings[:3], ["score", "measured", "real images"])
        by_name = {row[0]: row for row in rows}
        self.assertEqual(by_name["miou (%)"][1:3], ["62.3", "75.6"])
        self.assertEqual(by_name["fid"][1:3], ["71.23", "–"])
        self.assertEqual(by_name["fid_crops_large"][1], "–")
        self.assertEqual(by_name["fid_crops_large"][-1], "too few")

    def test_the_page_names_the_ruler_and_how_well_it_is_known(self):
        text = as_markdown(
            Report(
                pathlib.Path("scores"),
                {score.name: score for score in scores()},
                PROTOCOLS["spade"],
                "cityscapes",
                {
                    "scored": "runs/mine",
                    "targets": {"images": 500, "split": "val"},
                    "image_size": "256x512",
                },
            )
        )
        self.assertIn("| fid_inception | torchvision | C |", text)
        self.assertIn("| label_resize | Pillow nearest | D |", text)
        self.assertIn("| sky | 50.0 | 50.0 |", text)
        self.assertIn("| sea | – | – |", text)
        self.assertIn("500 images of cityscapes (val)", text)
