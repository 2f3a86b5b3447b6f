import unittest

import numpy as np

from keras_semsynth.data import UnknownLabelError
from keras_semsynth.page.layouts import describe_classes
from keras_semsynth.page.layouts import read_file
from keras_semsynth.page.layouts import read_ids
from tests.files.png_files import encoded
from tests.page.painting_model import COLORS
from tests.page.painting_model import classes

LIMIT = 10_000
IDS = np.array([[0, 1, 2], [3, 3, 0]], "uint8")


class LayoutsTest(unittest.TestCase):
    def test_the_wire_holds_ids_and_files_the_numbers_of_label_files(self):
        table = classes()
        self.assertEqual(table.file_values(), [0, 1, 2, 9])
        data = encoded(IDS)
        np.testing.assert_array_equal(read_ids(table, data, LIMIT), IDS)
        with self.assertRaisesRegex(UnknownLabelError, "Label id 3"):
            read_file(table, data, LIMIT)
        raw = np.array(table.file_values(), "uint8")[IDS]
        np.testing.assert_array_equal(
            read_file(table, encoded(raw), LIMIT), IDS
        )

    def test_ids_out_of_range_are_named(self):
        with self.assertRaisesRegex(
            UnknownLabelError, r"ids \[4, 5, 6, 74, 77\].*rock"
        ):
            read_ids(
                classes(), encoded(IDS + np.array([[4], [74]], "uint8")), LIMIT
            )

    def test_colours_are_those_of_the_palette_or_of_the_rule(self):
        table = classes()
        colors = np.array(COLORS, "uint8")
        for read in (read_ids, read_file):
            ids = read(table, encoded(colors[IDS]), LIMIT)
            np.testing.assert_array_equal(ids, IDS)
            with self.assertRaisesRegex(
                UnknownLabelError, "colour 91 160 230 at x=0"
            ):
                smooth = colors[IDS]
                smooth[0, 0, 0] += 1
                read(table, encoded(smooth), LIMIT)
        # Label files may use other colours than the display.
        other = np.arange(12, dtype="uint8").reshape(4, 3)
        table = classes(
            colors=other[:3].tolist(), ignore_label=None, extra_class=True
        )
        np.testing.assert_array_equal(
            read_file(table, encoded(other[IDS % 3]), LIMIT), IDS % 3
        )

    def test_the_page_gets_the_schema_of_runs_and_exports(self):
        table = classes()
        told = describe_classes(table)
        self.assertEqual(told["file_values"], [0, 1, 2, 9])
        self.assertEqual(told["background"], 0)
        self.assertEqual({**told, **table.to_json()}, told)
