import json
import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth.data import Classes
from keras_semsynth.data import LabelRule
from keras_semsynth.data.folder_classes import find_classes
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from tests.data import files


def reader(*args, **kwargs):
    """Classes that read label files by a rule of these arguments."""
    rule = LabelRule(*args, **kwargs)
    return Classes(rule.num_classes, label_rule=rule)


class LabelRuleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def test_grey_16_bit_and_indexed_files_give_the_same_ids(self):
        ids = files.stripes(ids=(0, 2, 1))
        decoder = reader(3)
        for mode in ("L", "I;16", "P"):
            path = files.write_labels(self.root / "a.png", ids, mode)
            np.testing.assert_array_equal(decoder.ids(path), ids)
            self.assertEqual(decoder.ids(path).dtype, np.uint8)

    def test_ids_beyond_8_bits_are_read(self):
        ids = files.stripes(ids=(0, 300, 999))
        path = files.write_labels(self.root / "a.png", ids, "I;16")
        np.testing.assert_array_equal(reader(1000).ids(path), ids)

    def test_grey_saved_as_rgb_counts_as_grey(self):
        ids = files.stripes()
        path = files.write_colors(self.root / "a.png", ids[..., None] + [0] * 3)
        np.testing.assert_array_equal(reader(3).ids(path), ids)

    def test_two_level_files_are_read(self):
        image = Image.fromarray(files.stripes(ids=(0, 255)).astype("uint8"))
        path = files.save(self.root / "a.png", image.convert("1"))
        values = read_label_values(path)
        self.assertEqual(set(np.unique(values)), {0, 1})

    def test_the_ignored_id_becomes_the_extra_last_class(self):
        path = files.write_labels(
            self.root / "a.png", files.stripes(ids=(0, 4, 255))
        )
        decoder = reader(5, ignore_label=255)
        self.assertEqual(len(decoder), 6)
        self.assertEqual(set(np.unique(decoder.ids(path))), {0, 4, 5})

    def test_an_ignored_id_inside_the_range_shifts_those_above_it(self):
        rule = LabelRule(3, ignore_label=0)
        np.testing.assert_array_equal(
            rule.map_ids(np.array([[0, 1, 2, 3]])), [[3, 0, 1, 2]]
        )
        rule = LabelRule(3, ignore_label=1)
        np.testing.assert_array_equal(
            rule.map_ids(np.array([[0, 1, 2, 3]])), [[0, 3, 1, 2]]
        )
        self.assertEqual(
            Classes(4, label_rule=rule).file_values(), [0, 2, 3, 1]
        )

    def test_listed_values_are_the_only_classes(self):
        rule = LabelRule(2, 7, id_map={0: 0, 255: 1})
        np.testing.assert_array_equal(
            rule.map_ids(np.array([[0, 255, 7]])), [[0, 1, 2]]
        )
        with self.assertRaisesRegex(ValueError, "id 1 found.* 0 and 7 and 255"):
            rule.map_ids(np.array([[0, 1]]))

    def test_a_tolerance_takes_the_nearest_colour(self):
        colors = np.array([(200, 0, 0), (0, 200, 0), (0, 0, 0)], "uint8")
        near = np.array([[(190, 5, 0), (0, 199, 0), (0, 0, 8), (0, 200, 0)]])
        rule = LabelRule(
            3, colors=colors, always_colors=True, palette_tolerance=12
        )
        again = LabelRule.from_json(json.loads(json.dumps(rule.to_json())))
        for decoder in (rule, again):
            classes = Classes(3, label_rule=decoder)
            np.testing.assert_array_equal(
                classes.ids(near.astype("uint8")), [[0, 1, 2, 1]]
            )
        with self.assertRaisesRegex(ValueError, "the colour 0 180 0"):
            far = np.full((1, 1, 3), (0, 180, 0), "uint8")
            Classes(3, label_rule=rule).ids(far)

    def test_an_id_out_of_range_is_named_with_file_and_arguments(self):
        path = files.write_labels(
            self.root / "a.png", files.stripes(ids=(0, 1, 255))
        )
        with self.assertRaises(ValueError) as caught:
            find_classes([], num_classes=150).ids(path)
        message = str(caught.exception)
        for part in ("id 255", path, "0 to 149", "check_data"):
            self.assertIn(part, message)
        self.assertEqual(message.count("\n"), 0)
        with self.assertRaises(ValueError) as caught:
            find_classes([], num_classes=150, ignore_label=200).ids(path)
        self.assertIn("0 to 149 and 200", str(caught.exception))

    def test_ids_beyond_16_bits_and_negative_ids_are_no_index_fault(self):
        for raw in (70000, -1):
            with self.assertRaisesRegex(ValueError, f"id {raw} found"):
                LabelRule(3).map_ids(np.array([[0, raw]], "int32"))

    def test_rgb_colours_map_through_the_palette_in_its_order(self):
        colors = np.array([(200, 0, 0), (0, 200, 0), (10, 20, 30)], "uint8")
        ids = files.stripes(ids=(2, 0, 1))
        path = files.write_colors(self.root / "a.png", colors[ids])
        np.testing.assert_array_equal(reader(3, colors=colors).ids(path), ids)

    def test_the_palette_entry_of_the_ignored_id_is_ignored(self):
        colors = np.array([(200, 0, 0), (0, 200, 0), (0, 0, 0)], "uint8")
        path = files.write_colors(
            self.root / "a.png", colors[files.stripes(ids=(2, 0, 1))]
        )
        decoder = reader(2, ignore_label=2, colors=colors)
        self.assertEqual(decoder.ids(path)[0, 0], 2)

    def test_an_unknown_colour_is_named_with_its_place(self):
        colors = np.array([(200, 0, 0), (0, 200, 0)], "uint8")
        pixels = colors[files.stripes(ids=(0, 1))]
        pixels[3, 5] = (1, 2, 3)
        path = files.write_colors(self.root / "a.png", pixels)
        with self.assertRaisesRegex(ValueError, "1 2 3 at x=5, y=3.*no class"):
            reader(2, colors=colors).ids(path)

    def test_a_colour_map_without_palette_asks_for_one(self):
        path = files.write_colors(
            self.root / "a.png", np.full((4, 4, 3), (9, 8, 7))
        )
        with self.assertRaisesRegex(ValueError, "RGB colour map.*`palette="):
            find_classes([], num_classes=3).ids(path)

    def test_jpeg_labels_broken_files_and_absent_files_are_refused(self):
        jpeg = files.write_image(self.root / "a.jpg")
        broken = self.root / "b.png"
        broken.write_bytes(b"not a picture")
        for path, message in (
            (jpeg, "JPEG.*lossy"),
            (str(broken), "b.png cannot be read"),
            (str(self.root / "c.png"), "c.png does not exist"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                reader(3).ids(path)

    def test_a_truncated_photograph_is_named(self):
        path = pathlib.Path(files.write_image(self.root / "a.png", (64, 64)))
        path.write_bytes(path.read_bytes()[:2000])
        with self.assertRaisesRegex(ValueError, "a.png cannot be read"):
            read_image(str(path))

    def test_json_round_trip_reads_alike(self):
        rule = LabelRule(
            4, 9, np.array([(1, 2, 3)] * 4), {7: 2}, palette_tolerance=5
        )
        copy = LabelRule.from_json(json.loads(json.dumps(rule.to_json())))
        np.testing.assert_array_equal(copy.table, rule.table)
        self.assertEqual(copy.to_json(), rule.to_json())

    def test_json_of_something_else_is_refused(self):
        for content in ({"hint": "x"}, {"id_map": 3}):
            with self.assertRaisesRegex(ValueError, "none of this version"):
                LabelRule.from_json(content)

    def test_what_is_allowed_is_said_in_runs(self):
        self.assertEqual(LabelRule(5).allowed, "0 to 4")
        self.assertEqual(LabelRule(1, ignore_label=255).allowed, "0 and 255")
