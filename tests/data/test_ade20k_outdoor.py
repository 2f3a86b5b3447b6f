import pathlib
import tempfile
import unittest

from keras_semsynth.data import describe
from keras_semsynth.data.datasets.ade20k_outdoor import OUTDOOR_SCENES
from tests.data import files


class ADE20KOutdoorTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for split, folder in (("train", "training"), ("val", "validation")):
            for number in (2, 10, 1):
                name = f"ADE_{split}_{number:08d}"
                files.write_image(self.root / f"images/{folder}/{name}.jpg")
                files.write_labels(
                    self.root / f"annotations/{folder}/{name}.png",
                    files.stripes(ids=(0, 1, 150)),
                )

    def stems(self, dataset):
        return [pathlib.Path(s.image).stem for s in dataset.samples]

    def test_the_outdoor_list_restricts_both_splits(self):
        listing = self.root / "outdoor.txt"
        listing.write_text(
            "ADE_train_00000002\nimages/training/ADE_train_00000010.jpg\n"
            "ADE_val_00000001.jpg\n"
        )
        options = {"file_list": str(listing)}
        train = describe("ade20k_outdoor", str(self.root), **options)
        self.assertEqual(train.name, "ade20k_outdoor")
        self.assertEqual(
            self.stems(train), ["ADE_train_00000002", "ADE_train_00000010"]
        )
        val = describe("ade20k_outdoor", str(self.root), "val", **options)
        self.assertEqual(self.stems(val), ["ADE_val_00000001"])
        with self.assertRaisesRegex(ValueError, "x.txt does not exist"):
            describe("ade20k_outdoor", str(self.root), file_list="x.txt")

    def test_without_a_list_the_scenes_of_the_archive_tell(self):
        with self.assertRaisesRegex(ValueError, "holds no sceneCategories"):
            describe("ade20k_outdoor", str(self.root))
        scenes = self.root / "sceneCategories.txt"
        scenes.write_text(
            "ADE_train_00000001 bathroom\nADE_train_00000002 street\n"
            "ADE_train_00000010 church_outdoor\nADE_val_00000001 beach\n"
        )
        train = describe("ade20k_outdoor", str(self.root))
        self.assertEqual(
            self.stems(train), ["ADE_train_00000002", "ADE_train_00000010"]
        )
        val = describe("ade20k_outdoor", str(self.root), "val")
        self.assertEqual(self.stems(val), ["ADE_val_00000001"])
        scenes.write_text("ADE_train_00000001\n")
        with self.assertRaisesRegex(ValueError, "sceneC.*txt, line 1: expect"):
            describe("ade20k_outdoor", str(self.root))

    def test_outdoor_scenes_are_no_rooms(self):
        for scene in OUTDOOR_SCENES:
            self.assertNotRegex(scene, "indoor|interior|_room$|outdoor")
        self.assertLessEqual(
            {"street", "skyscraper", "mountain_snowy", "beach", "highway"},
            OUTDOOR_SCENES,
        )
        self.assertFalse({"bedroom", "kitchen", "misc"} & OUTDOOR_SCENES)
