import dataclasses
import pathlib
import unittest

from keras_semsynth.evaluation.own_rows import find_published
from keras_semsynth.evaluation.protocols import PROTOCOLS
from keras_semsynth.evaluation.published import with_published
from keras_semsynth.evaluation.report import Report
from keras_semsynth.evaluation.report import as_markdown
from keras_semsynth.evaluation.report import table
from keras_semsynth.evaluation.score import Score
from keras_semsynth.experiments import Experiment


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


def report(published=None, whole_tables=False, protocol="spade"):
    found = with_published(scores(), published, "all")
    return Report(
        pathlib.Path("scores"),
        {score.name: score for score in found},
        PROTOCOLS[protocol],
        "cityscapes",
        {
            "scored": "runs/mine",
            "targets": {"images": 500, "split": "val"},
            "image_size": "256x512",
        },
        published,
        whole_tables,
    )


class ReportTest(unittest.TestCase):
    def test_it_says_what_of_each_weight_file_was_verified(self):
        record = {
            "name": "lpips_alex",
            "files": [
                {"file": "alexnet.pth", "verified": "sha256"},
                {"file": "alex.pth", "verified": "unverified"},
            ],
        }
        mine = {"file": "mine.keras", "verified": "unverified"}
        weights = (record, record, mine, {"file": "in the package"}, None)
        measured = {
            str(index): Score(f"s{index}", 1.0, {"weights": record})
            for index, record in enumerate(weights)
        }
        said = dataclasses.replace(report(), scores=measured)
        sentence = (
            "published hash: alexnet.pth (sha256), alex.pth (unverified), "
            "mine.keras (unverified)."
        )
        # Printed, in `report.md`, and on the page.
        self.assertEqual(str(said).count(sentence), 1)
        self.assertEqual(as_markdown(said).count(sentence), 1)
        self.assertIn(sentence, said.remarks()[-1])
        self.assertEqual(report().remarks(), [])

    def test_the_row_of_its_experiment_stands_beside_it(self):
        experiment = Experiment.from_preset("spade_cityscapes_512")
        published = find_published(experiment, "cityscapes")
        text = as_markdown(report(published))
        self.assertIn("| miou (%) | 62.3 | 75.6 | 62.3 | higher |", text)
        self.assertIn(
            "Published: SPADE, table 1, SPADE (fid, miou, pixel_accuracy_all); "
            "DP-GAN, supplement, table 1, SPADE (fid_crops_large).",
            text,
        )
        self.assertNotIn("not trained as", text)
        self.assertNotIn("pix2pixHD", text)

    def test_a_run_that_learned_otherwise_is_told_of(self):
        experiment = Experiment.from_preset("spade_cityscapes_512").replace(
            run={"epochs": 3}, generator={"filters": 8}
        )
        published = find_published(experiment, "cityscapes")
        self.assertIn(
            "This run was not trained as spade_cityscapes_512 says: filters of "
            "the generator 8 (there 64), epochs 3 (there 200).",
            str(report(published)),
        )
        beside = report(published).scores
        self.assertEqual(
            beside["miou"].note, "trained otherwise than the published one"
        )
        self.assertEqual(
            beside["fid_crops_large"].note,
            "too few; trained otherwise than the published one",
        )
        self.assertEqual(beside["real/miou"].note, "")

    def test_another_network_than_the_papers_is_told_of(self):
        experiment = Experiment.from_preset("spade_cityscapes_512")
        published = find_published(experiment, "cityscapes")
        said = "A network trained here measured miou, not that of the papers"
        self.assertNotIn(said, str(report(published)))
        ruler = {"network": "UNetSegmenter"}
        own = with_published(
            [Score("miou", 0.6, ruler), Score("fid", 70.0, {})],
            published,
            "all",
        )
        self.assertIn(said, " ".join(published.remarks(own, "spade")))

    def test_another_ruler_than_the_papers_is_told_of(self):
        experiment = Experiment.from_preset("spade_cityscapes_512")
        published = find_published(experiment, "cityscapes")
        self.assertNotIn("rulers of their own", str(report(published)))
        self.assertIn(
            "here it was default",
            str(report(published, protocol="default")),
        )

    def test_whole_tables_have_the_run_in_them(self):
        experiment = Experiment.from_preset("spade_table3_pix2pixhdpp")
        published = find_published(experiment, "cityscapes")
        whole = report(published, whole_tables=True)
        text = as_markdown(whole)
        self.assertIn("## SPADE, table 3: ", text)
        lines = text.splitlines()
        own = lines.index("| **this run** | **62.3** | **–** |")
        self.assertEqual(lines[own - 1], "| pix2pixHD++ | 58.8 | 183 |")
        self.assertIn("| decoder w/ SPADE | 62.3 | 96 |", lines)
        self.assertNotIn("this run", as_markdown(report(published)))
        self.assertEqual(len(whole.published_tables()), 1)
        nothing = report(None, whole_tables=True)
        self.assertIn("No table of the papers has a row", as_markdown(nothing))
        self.assertEqual(nothing.published_tables(), [])

    def test_classes_stand_beside_the_papers(self):
        experiment = Experiment.from_preset("dpgan_cityscapes_512")
        text = as_markdown(
            report(find_published(experiment, "cityscapes"), protocol="dpgan")
        )
        self.assertIn("| sky | 50.0 | 50.0 | 92.4 |", text)
        self.assertIn("| sea | – | – | – |", text)

    def test_references_are_columns(self):
        headings, rows = table(scores())
        self.assertEqual(headings[:3], ["score", "measured", "real images"])
        by_name = {row[0]: row for row in rows}
        self.assertEqual(by_name["miou (%)"][1:3], ["62.3", "75.6"])
        self.assertEqual(by_name["fid"][1:3], ["71.23", "–"])
        self.assertEqual(by_name["fid_crops_large"][1], "–")
        self.assertEqual(by_name["fid_crops_large"][-1], "too few")

    def test_the_page_names_the_ruler_and_how_well_it_is_known(self):
        text = as_markdown(report())
        self.assertIn("| fid_inception | torchvision | C |", text)
        self.assertIn("| label_resize | Pillow nearest | D |", text)
        self.assertIn("| sky | 50.0 | 50.0 |", text)
        self.assertIn("| sea | – | – |", text)
        self.assertIn("500 images of cityscapes (val)", text)
