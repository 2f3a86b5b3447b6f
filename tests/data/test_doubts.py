import pathlib
import tempfile
import unittest

from keras_semsynth.data import describe
from keras_semsynth.data.doubts import find_doubts
from tests.data import files


class DoubtsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def doubts(self, name="coco_stuff", **arguments):
        arguments["data_dir"] = str(self.root)
        return find_doubts(arguments, describe(name, **arguments))

    def write(self, *ids):
        for number, values in enumerate(ids):
            path = self.root / f"train_img/{number}.jpg"
            files.write_image(path)
            path = self.root / f"train_label/{number}.png"
            files.write_labels(path, files.stripes(ids=values))

    def test_a_selection_of_label_maps_is_looked_at(self):
        self.write(*[(0, 1, 5)] * 70)
        (doubt,) = self.doubts(use_edge_map=False)
        self.assertIn("is in 35 of 35 label maps", doubt)
        arguments = {"use_edge_map": False, "coco_label_shift": True}
        self.assertEqual(self.doubts(**arguments), [])

    def test_the_arguments_that_were_given_count(self):
        self.write((0, 1, 5), (0, 255))
        self.assertEqual(self.doubts(use_edge_map=False), [])
        arguments = {"use_edge_map": False, "coco_label_shift": True}
        self.assertIn("255 is in 1 of 2", self.doubts(**arguments)[0])

    def test_facades_may_be_numbered_from_0(self):
        self.write((0, 1, 5), (1, 11))
        self.assertIn(
            "0, which is 'unknown', is in 1", self.doubts("facades")[0]
        )
        self.write((0, 1, 12), (1, 5))
        self.assertEqual(self.doubts("facades"), [])
        self.write((1, 5), (1, 11))
        self.assertEqual(self.doubts("facades"), [])

    def test_ade20k_may_have_been_shifted(self):
        def write(*ids):
            base = self.root / "ADE_train_1"
            files.write_image(base.with_suffix(".jpg"))
            files.write_labels(base.with_suffix(".png"), files.stripes(ids=ids))

        write(0, 149, 150)
        for shift in (False, True):
            (doubt,) = self.doubts("ade20k", ade_label_shift=shift)
            self.assertIn("150, which is 'flag', is in 1 of 1", doubt)
        write(0, 1, 149)
        self.assertEqual(self.doubts("ade20k"), [])

    def test_other_datasets_leave_no_doubt(self):
        self.assertEqual(find_doubts({}, describe("landscapes")), [])
