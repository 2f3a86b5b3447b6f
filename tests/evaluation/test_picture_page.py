import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.evaluation.picture_page import choose
from keras_semsynth.evaluation.picture_page import write_page
from tests.explanations.page_checks import read_page


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


class PageTest(unittest.TestCase):
    def page(self, chosen, names):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "index.html"
            palette = np.array([[1, 2, 3], [4, 5, 6]], "uint8")
            write_page(path, "A & B", [], FewPictures(), chosen, names, palette)
            return read_page(path), path.read_text(encoding="utf-8")

    def test_hostile_names_are_shown_as_they_are(self):
        name = "<img src=x onerror=alert(1)>"
        chosen = {1: ([(0, 0.25)], [(2, 0.75)])}
        (text, images), source = self.page(chosen, ["sky", name])
        self.assertIn(name, text)
        self.assertIn("A & B", text)
        self.assertIn("<0>.png, IoU 25 %: layout, generated", text)
        self.assertIn("Worst", text)
        self.assertEqual(set(images), {"layout", "generated"})
        self.assertIn('style="background:rgb(4,5,6)"', source)

    def test_without_a_score_samples_of_the_whole_set_are_shown(self):
        (text, images), _ = self.page({}, ["sky", "sea"])
        self.assertIn("no worst and best", text)
        self.assertEqual(len(images["generated"]), 3)
