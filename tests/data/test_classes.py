import json
import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.data import Classes
from keras_semsynth.data import LabelRule
from keras_semsynth.data import UnknownLabelError
from tests.data import files

PALETTE = ((1, 2, 3), (4, 5, 6), (7, 8, 9))
IDS = np.array([[0, 1], [2, 1]])


class ClassesTest(unittest.TestCase):
    def test_numbered_classes_have_names_and_colours(self):
        classes = Classes(3, unknown_id=1)
        self.assertEqual(classes.names, ("class 0", "unknown", "class 2"))
        self.assertEqual(classes.palette[1].tolist(), [0, 0, 0])
        self.assertEqual(len(classes), 3)

    def test_nobody_changes_the_palette(self):
        palette = np.array(PALETTE, "uint8")
        classes = Classes(3, palette)
        palette[0] = 0
        self.assertEqual(classes.palette[0].tolist(), [1, 2, 3])
        with self.assertRaises(ValueError):
            classes.palette[0] = 0

    def test_names_colours_and_rule_must_agree(self):
        for arguments in (
            {"names": "ab", "palette": PALETTE},
            {"names": "ab", "label_rule": LabelRule(3)},
        ):
            with self.assertRaisesRegex(ValueError, "as many classes"):
                Classes(**arguments)

    def test_colours_of_ids_are_read_back(self):
        classes = Classes("abc", PALETTE)
        colors = classes.colors(np.array([[0, 1, 2, 3, -1]]))
        np.testing.assert_array_equal(
            colors, [[*PALETTE, (0, 0, 0), (0, 0, 0)]]
        )
        self.assertEqual(colors.dtype, np.uint8)
        np.testing.assert_array_equal(classes.ids(classes.colors(IDS)), IDS)
        # Also where label files have no colours of their own.
        classes = Classes("abc", PALETTE, label_rule=LabelRule(2, 9))
        np.testing.assert_array_equal(classes.ids(classes.colors(IDS)), IDS)

    def test_a_file_and_its_values_give_the_same_ids(self):
        classes = Classes("abc", label_rule=LabelRule(2, ignore_label=9))
        values = np.where(IDS == 2, 9, IDS)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.png"
            files.write_labels(path, values)
            np.testing.assert_array_equal(classes.ids(path), IDS)
        np.testing.assert_array_equal(classes.ids(values), IDS)

    def test_check_names_what_is_outside(self):
        classes = Classes(("sky", "sea"))
        classes.check(np.array([0, 1]))
        with self.assertRaisesRegex(
            UnknownLabelError, r"ids \[-1, 2\].* 0 to 1 \(sky to sea\)"
        ):
            classes.check(np.array([0, 2, -1]))

    def test_json_round_trip(self):
        classes = Classes("abc", PALETTE, 2, LabelRule(2, ignore_label=9))
        text = json.dumps(classes.to_json())
        again = Classes.from_json(json.loads(text))
        self.assertEqual(again, classes)
        self.assertEqual(hash(again), hash(classes))
        self.assertNotEqual(again, Classes("abc"))
        self.assertNotEqual(again, None)

    def test_values_of_files_are_known_for_every_class(self):
        rule = LabelRule(3, ignore_label=9)
        self.assertEqual(
            Classes(4, label_rule=rule).file_values(), [0, 1, 2, 9]
        )
        rule = LabelRule(3, ignore_label=3, id_map={0: 2})
        self.assertEqual(
            Classes(4, label_rule=rule).file_values(), [None, None, 0, 3]
        )

    def test_json_without_names_or_with_too_few_is_refused(self):
        with self.assertRaisesRegex(ValueError, "names no classes"):
            Classes.from_json({})
        names = {"class_names": ["a", "b"]}
        palette = [list(color) for color in PALETTE]
        with self.assertRaisesRegex(ValueError, "each of 3 .* has 2"):
            Classes.from_json({"num_classes": 3, **names})
        with self.assertRaisesRegex(ValueError, "each of 2 .* has 3"):
            Classes.from_json({**names, "palette": palette})
        with self.assertRaisesRegex(ValueError, "of 2 classes.* has 4"):
            Classes.from_json(names, num_classes=4)
        classes = Classes.from_json({"num_classes": 300})
        self.assertEqual(classes.file_values()[299], 299)
        self.assertEqual(classes.names[299], "class 299")

    def test_numbers_alone_are_those_of_the_generator(self):
        self.assertEqual(len(Classes.from_json({}, num_classes=4)), 4)
