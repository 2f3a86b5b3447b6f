import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.evaluation.own_rows import find_published
from keras_semsynth.evaluation.picture_page import choose
from keras_semsynth.evaluation.picture_page import write_page
from keras_semsynth.evaluation.protocols import PROTOCOLS
from keras_semsynth.evaluation.published import with_published
from keras_semsynth.evaluation.report import Report
from keras_semsynth.evaluation.score import Score
from keras_semsynth.experiments import Experiment
from tests.explanations.page_checks import read_page

CROPS = {"large": np.arange(60, dtype="uint8").reshape(4, 5, 3)}


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


class FewPictures:
    targets = range(3)

    def of(self, index):
        picture = np.full((8, 9, 3), 40 * index, "uint8")
        return f"<{index}>.png", {"layout": picture, "generated": picture}


def few_scores():
    """A report of a pix2pixHD++ on ADE20K, and of its tables."""
    experiment = Experiment.from_preset("pix2pixhdpp_ade20k_256")
    published = find_published(experiment, "ade20k")
    scores = with_published([Score("miou", 0.412, {}, "%")], published, "valid")
    return Report(
        pathlib.Path("scores"),
        {score.name: score for score in scores},
        PROTOCOLS["spade"],
        "ade20k",
        {"scored": "A & B"},
        published,
        whole_tables=True,
    )


class PageTest(unittest.TestCase):
    def page(self, chosen, names, crops=None):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "index.html"
            palette = np.array([[1, 2, 3], [4, 5, 6]], "uint8")
            write_page(
                path,
                few_scores(),
                FewPictures(),
                chosen,
                names,
                palette,
                crops or {},
            )
            return read_page(path), path.read_text(encoding="utf-8")

    def test_crops_of_each_size_are_on_the_page(self):
        (text, images), _ = self.page({}, ["sky", "sea"], CROPS)
        self.assertIn("Large objects", text)
        (picture,) = images["large objects, real and generated"]
        np.testing.assert_array_equal(picture, CROPS["large"])

    def test_hostile_names_are_shown_as_they_are(self):
        name = "<img src=x onerror=alert(1)>"
        chosen = {1: ([(0, 0.25)], [(2, 0.75)])}
        (text, images), source = self.page(chosen, ["sky", name])
        self.assertIn(name, text)
        self.assertIn("A & B", text)
        self.assertIn("SPADE, table 3, pix2pixHD++ (miou)", text)
        own = '<tr class="own"><td>this run</td><td>41.2</td>'
        self.assertEqual(source.count(own), 2)  # tables 3 and 5
        self.assertIn("<td>38.3</td><td>183</td>", source)
        self.assertIn("<0>.png, IoU 25 %: layout, generated", text)
        self.assertIn("Worst", text)
        self.assertEqual(set(images), {"layout", "generated"})
        self.assertIn('style="background:rgb(4,5,6)"', source)

    def test_without_a_score_samples_of_the_whole_set_are_shown(self):
        (text, images), _ = self.page({}, ["sky", "sea"])
        self.assertIn("no worst and best", text)
        self.assertEqual(len(images["generated"]), 3)
