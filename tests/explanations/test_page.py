import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth.explanations import Figure
from keras_semsynth.explanations import Section
from keras_semsynth.explanations import write_page
from tests.explanations.page_checks import read_page


class PageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "deep" / "page"

    def test_a_page_holds_its_pictures_and_so_does_the_folder(self):
        random = np.random.RandomState(0)
        pictures = random.randint(0, 256, (2, 6, 9, 3)).astype("uint8")
        names = ["<sky>", "sea"]
        section = Section(
            "Tom & Jerry",
            ["One < two."],
            [
                ("a row", [Figure(f"p{i}", p, f"picture {i}")])
                for i, p in enumerate(pictures)
            ],
            [("alike", names, np.eye(2), np.zeros((2, 2, 3), "uint8"))],
        )
        page = write_page(self.folder, "A page", {"run": "a&b"}, [section])
        text, images = read_page(page)
        for part in ("A page", "Tom & Jerry", "One < two.", "a&b", "<sky>"):
            self.assertIn(part, text)
        self.assertIn("1.00", text)
        for i, picture in enumerate(pictures):
            np.testing.assert_array_equal(images[f"picture {i}"][0], picture)
            with Image.open(self.folder / f"p{i}.png") as file:
                np.testing.assert_array_equal(np.asarray(file), picture)
        self.assertEqual(len(list(self.folder.iterdir())), 3)

    def test_a_page_is_replaced_as_a_whole(self):
        for title in ("first", "second"):
            page = write_page(self.folder, title, {}, [])
        self.assertIn("second", read_page(page)[0])
