import json
import unittest

from keras_semsynth.evaluation.protocols import PROTOCOLS
from keras_semsynth.evaluation.protocols import RESIZING
from keras_semsynth.evaluation.protocols import Protocol


class ProtocolsTest(unittest.TestCase):
    def test_every_paper_has_one(self):
        self.assertEqual(
            set(PROTOCOLS),
            {"default", "spade", "ccfpse", "scgan", "oasis", "dpgan"},
        )

    def test_rulers_differ_where_the_papers_do(self):
        self.assertEqual(PROTOCOLS["spade"].fid_inception, "torchvision")
        self.assertEqual(PROTOCOLS["ccfpse"].fid_inception, "tf2015")
        self.assertEqual(PROTOCOLS["oasis"].quantization, "float")
        self.assertEqual(PROTOCOLS["spade"].quantization, "truncate")
        self.assertEqual(PROTOCOLS["spade"].seg_sizes, (450,))
        self.assertEqual(
            PROTOCOLS["dpgan"].seg_sizes, (300, 375, 450, 525, 600)
        )
        self.assertEqual(PROTOCOLS["oasis"].fid_precision, "float32_oasis")
        self.assertEqual(
            [PROTOCOLS[n].accuracy for n in ("spade", "ccfpse", "scgan")],
            ["all"] * 3,
        )

    def test_grades_are_of_fields_and_known_letters(self):
        for protocol in PROTOCOLS.values():
            fields = {*protocol.as_dict(), *RESIZING}
            for name, grade in protocol.grades.items():
                self.assertIn(name, fields)
                self.assertIn(grade, "ABCD")
            if protocol.name != "default":
                self.assertTrue(protocol.grades, protocol.name)

    def test_a_changed_ruler_does_not_keep_the_name_of_the_paper(self):
        changed = PROTOCOLS["spade"].changed(
            fid_inception="tf2015", seg_input_size=(512, 1024)
        )
        self.assertEqual(
            changed.name,
            "spade with fid_inception=tf2015, seg_input_size=512x1024",
        )
        self.assertEqual(changed.fid_inception, "tf2015")
        same = PROTOCOLS["spade"].changed(fid_inception="torchvision")
        self.assertEqual(same.name, "spade")

    def test_what_changes_no_score_cannot_be_changed(self):
        # That the targets do it is tested with them.
        for name in RESIZING:
            with self.assertRaises(TypeError):
                Protocol("mine", **{name: "bilinear"})

    def test_a_report_can_hold_it(self):
        text = json.dumps(Protocol("mine").as_dict())
        self.assertIn('"fid_resize": "torch"', text)
