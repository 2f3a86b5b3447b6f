import unittest

import numpy as np

from keras_semsynth.page.classes import Classes
from keras_semsynth.page.classes import WrongIds
from tests.files.png_files import encoded
from tests.page.painting_model import COLORS
from tests.page.painting_model import classes

LIMIT = 10_000
IDS = np.array([[0, 1, 2], [3, 3, 0]], "uint8")


class ClassesTest(unittest.TestCase):
    def test_the_wire_holds_ids_and_files_the_numbers_of_label_files(self):
        table = classes()
        self.assertEqual(table.file_values(), [0, 1, 2, 9])
        data = encoded(IDS)
        np.testing.assert_array_equal(table.read_ids(data, LIMIT), IDS)
        with self.assertRaisesRegex(WrongIds, "Label id 3"):
            table.read_file(data, LIMIT)
        raw = np.array(table.file_values(), "uint8")[IDS]
        np.testing.assert_array_equal(table.read_file(encoded(raw), LIMIT), IDS)

    def test_ids_out_of_range_are_named(self):
        with self.assertRaisesRegex(WrongIds, r"ids \[4, 5, 6, 74, 77\].*rock"):
            classes().read_ids(
                encoded(IDS + np.array([[4], [74]], "uint8")), LIMIT
            )

    def test_colours_are_those_of_the_palette_or_of_the_rule(self):
        table = classes()
        colors = np.array(COLORS, "uint8")
        for read in (table.read_ids, table.read_file):
            ids = read(encoded(colors[IDS]), LIMIT)
            np.testing.assert_array_equal(ids, IDS)
            with self.assertRaisesRegex(WrongIds, "colour 91 160 230 at x=0"):
                smooth = colors[IDS]
                smooth[0, 0, 0] += 1
                read(encoded(smooth), LIMIT)
        # Label files may use other colours than the display.
        other = np.arange(12, dtype="uint8").reshape(4, 3)
        table = classes(colors=other[:3].tolist(), ignore_label=None)
        np.testing.assert_array_equal(
            table.read_file(encoded(other[IDS % 3]), LIMIT), IDS % 3
        )

    def test_a_class_that_no_file_can_hold_has_no_number(self):
        table = classes(id_map={0: 2}, ignore_label=3)
        self.assertEqual(table.file_values(), [None, 1, 0, 3])

    def test_a_description_without_names_or_with_too_few_is_refused(self):
        with self.assertRaisesRegex(ValueError, "names no classes"):
            Classes.from_dataset({})
        with self.assertRaisesRegex(ValueError, "2 names"):
            Classes.from_dataset({"num_classes": 3, "class_names": "ab"})
        table = Classes.from_dataset({"num_classes": 300})
        self.assertEqual(table.file_values()[299], 299)
        self.assertEqual(table.names[299], "class 299")
