import json
import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.data import read_palette
from keras_semsynth.data import write_palette
from keras_semsynth.data.palettes import generate_palette


class PaletteTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "palette.txt"

    def test_generated_colours_are_distinct_and_always_the_same(self):
        palette = generate_palette(183, unknown_class=182)
        self.assertEqual(len(np.unique(palette, axis=0)), 183)
        np.testing.assert_array_equal(palette, generate_palette(183, 182))
        np.testing.assert_array_equal(palette[182], 0)

    def test_text_files_may_have_comments_commas_and_names_with_spaces(self):
        self.path.write_text(
            "# my colours\n\n128 64 0 traffic light # red\n1,2,3\n"
        )
        colors, names = read_palette(self.path)
        np.testing.assert_array_equal(colors, [(128, 64, 0), (1, 2, 3)])
        self.assertEqual(names, ["traffic light", "class 1"])

    def test_both_json_forms_are_read(self):
        rows = [{"color": [1, 2, 3], "name": "sky"}, {"color": [4, 5, 6]}]
        self.path.write_text(json.dumps(rows))
        colors, names = read_palette(self.path)
        np.testing.assert_array_equal(colors, [(1, 2, 3), (4, 5, 6)])
        self.assertEqual(names, ["sky", "class 1"])
        self.path.write_text(json.dumps({"sky": [1, 2, 3]}))
        self.assertEqual(read_palette(self.path)[1], ["sky"])

    def test_what_is_written_is_read_back(self):
        palette = generate_palette(5)
        names = ["a", "b c", "d", "e", "f"]
        write_palette(self.path, palette, names)
        colors, read_names = read_palette(self.path)
        np.testing.assert_array_equal(colors, palette)
        self.assertEqual(read_names, names)

    def test_bad_files_are_named(self):
        for text, message in (
            ("", "no colours"),
            ("1 2 sky", "line 1: expected 'red green blue name'"),
            ("1 2 300 sky", "above 255"),
            ("[1, 2]", "JSON"),
            ("{", "JSON"),
        ):
            self.path.write_text(text)
            with self.subTest(text=text):
                with self.assertRaisesRegex(ValueError, message):
                    read_palette(self.path)
        with self.assertRaisesRegex(ValueError, "does not exist.*`palette"):
            read_palette(self.path.with_name("none.txt"))
