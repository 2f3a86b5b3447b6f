import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.data import describe
from tests.data import files


class KnownDatasetTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, image, label, ids=(0, 1, 2), instance=None):
        files.write_image(self.root / image)
        files.write_labels(self.root / label, files.stripes(ids=ids))
        if instance:
            files.write_labels(
                self.root / instance, files.stripes(ids=(26, 26001)), "I;16"
            )

    def stems(self, dataset):
        return [pathlib.Path(s.image).stem for s in dataset.samples]


class ADE20KTest(KnownDatasetTest):
    def setUp(self):
        super().setUp()
        for split, folder in (("train", "training"), ("val", "validation")):
            for number in (2, 10, 1):
                name = f"ADE_{split}_{number:08d}"
                self.write(
                    f"images/{folder}/{name}.jpg",
                    f"annotations/{folder}/{name}.png",
                    (0, 1, 150),
                )

    def test_splits_follow_the_marker_in_the_path(self):
        train = describe("ade20k", str(self.root))
        self.assertEqual(
            self.stems(train),
            [f"ADE_train_{n:08d}" for n in (1, 2, 10)],
        )
        for split in ("val", "test"):
            dataset = describe("ade20k", str(self.root), split)
            self.assertIn("_val_", dataset.samples[0].label)

    def test_raw_ids_are_used_as_they_are(self):
        dataset = describe("ade20k", str(self.root))
        self.assertEqual(dataset.num_classes, 151)
        self.assertEqual(dataset.unknown_class, 0)
        self.assertEqual(
            dataset.class_names[:3], ("unknown", "wall", "building")
        )
        self.assertEqual(dataset.class_names[150], "flag")
        self.assertEqual(set(np.unique(dataset.read(0).label_map)), {0, 1, 150})
        self.assertFalse(dataset.use_edge_map)

    def test_the_shift_is_an_option(self):
        dataset = describe("ade20k", str(self.root), ade_label_shift=True)
        self.assertEqual(dataset.unknown_class, 150)
        self.assertEqual(dataset.class_names[0], "wall")
        self.assertEqual(
            set(np.unique(dataset.read(0).label_map)), {0, 149, 150}
        )

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
        with self.assertRaisesRegex(ValueError, "needs `file_list"):
            describe("ade20k_outdoor", str(self.root))
        with self.assertRaisesRegex(ValueError, "x.txt does not exist"):
            describe("ade20k_outdoor", str(self.root), file_list="x.txt")

    def test_an_incomplete_pair_is_named(self):
        (self.root / "images/training/ADE_train_00000002.jpg").unlink()
        with self.assertRaisesRegex(
            ValueError, "2 images, 3 label maps.*ADE_train_00000002"
        ):
            describe("ade20k", str(self.root))

    def test_max_dataset_size_truncates_the_sorted_list(self):
        dataset = describe("ade20k", str(self.root), max_dataset_size=2)
        self.assertEqual(len(dataset), 2)

    def test_the_root_is_required(self):
        with self.assertRaisesRegex(
            ValueError, "'ade20k' needs `data_dir=FOLDER`"
        ):
            describe("ade20k")
        with self.assertRaisesRegex(ValueError, "takes no `data_dir`"):
            describe("landscapes", str(self.root))
        with self.assertRaisesRegex(ValueError, "one of ade20k, ade20k_outd"):
            describe("imagenet", str(self.root))


class CityscapesTest(KnownDatasetTest):
    def setUp(self):
        super().setUp()
        for name in ("aachen_000001_000019", "aachen_000000_000019"):
            base = f"gtFine/train/aachen/{name}_gtFine"
            self.write(
                f"leftImg8bit/train/aachen/{name}_leftImg8bit.png",
                f"{base}_labelIds.png",
                (0, 7, 33),
                f"{base}_instanceIds.png",
            )
            files.write_image(self.root / f"{base}_color.png")

    def test_ids_instances_and_pairing_by_three_parts(self):
        dataset = describe("cityscapes", str(self.root))
        self.assertEqual(dataset.num_classes, 35)
        self.assertTrue(dataset.use_edge_map)
        self.assertEqual(dataset.class_names[7], "road")
        np.testing.assert_array_equal(
            dataset.classes.palette[7], (128, 64, 128)
        )
        self.assertEqual(
            self.stems(dataset),
            [f"aachen_00000{n}_000019_leftImg8bit" for n in (0, 1)],
        )
        sample = dataset.read(0)
        self.assertEqual(set(np.unique(sample.label_map)), {0, 7, 33})
        self.assertEqual(set(np.unique(sample.instance_map)), {26, 26001})

    def test_the_edge_map_can_be_left_out(self):
        dataset = describe("cityscapes", str(self.root), use_edge_map=False)
        self.assertFalse(dataset.use_edge_map)

    def test_other_names_at_one_position_are_a_problem_unless_allowed(self):
        folder = self.root / "leftImg8bit/train/aachen"
        (folder / "aachen_000001_000019_leftImg8bit.png").rename(
            folder / "aachen_000002_000019_leftImg8bit.png"
        )
        with self.assertRaisesRegex(ValueError, "1 pair has different names"):
            describe("cityscapes", str(self.root))
        dataset = describe("cityscapes", str(self.root), pairing="position")
        self.assertEqual(len(dataset), 2)

    def test_train_ids_with_void_255_are_an_error_not_an_index_fault(self):
        for path in self.root.glob("gtFine/**/*_labelIds.png"):
            files.write_labels(path, files.stripes(ids=(0, 255)))
        dataset = describe("cityscapes", str(self.root))
        with self.assertRaisesRegex(ValueError, "id 255 .*labelIds.png files"):
            dataset.read(0)


class COCOStuffTest(KnownDatasetTest):
    def setUp(self):
        super().setUp()
        for folder, names in (("", ("3", "20")), ("_portrait", ("7",))):
            for name in names:
                self.write(
                    f"train_img{folder}/{name}.jpg",
                    f"train_label{folder}/{name}.png",
                    (0, 181, 255),
                    f"train_inst{folder}/{name}.png",
                )

    def test_void_is_class_182_and_portraits_join_in_order(self):
        dataset = describe("coco_stuff", str(self.root))
        # The whole path is sorted, so the folder counts before the name.
        self.assertEqual(self.stems(dataset), ["3", "20", "7"])
        self.assertEqual(dataset.num_classes, 183)
        self.assertEqual(dataset.unknown_class, 182)
        self.assertTrue(dataset.use_edge_map)
        self.assertEqual(
            set(np.unique(dataset.read(0).label_map)), {0, 181, 182}
        )
        self.assertEqual(dataset.class_names[0], "person")

    def test_portraits_and_edges_can_be_left_out(self):
        dataset = describe(
            "coco_stuff", str(self.root), portraits=False, use_edge_map=False
        )
        self.assertEqual(self.stems(dataset), ["3", "20"])
        self.assertFalse(dataset.use_edge_map)

    def test_missing_instances_name_the_flag(self):
        (self.root / "train_inst").rename(self.root / "elsewhere")
        with self.assertRaisesRegex(ValueError, "`use_edge_map=false`"):
            describe("coco_stuff", str(self.root))

    def test_the_shared_sample_is_read(self):
        root = files.shared_data("coco_stuff_sample")
        for split, count in (("train", 13), ("val", 8)):
            dataset = describe("coco_stuff", str(root), split)
            self.assertEqual(len(dataset), count)
            sample = dataset.read(0)
            self.assertLess(sample.label_map.max(), 183)
            self.assertEqual(sample.instance_map.shape, sample.label_map.shape)


class FacadesTest(KnownDatasetTest):
    def test_ids_are_used_as_they_are_without_edges(self):
        self.write("train_img/a.jpg", "train_label/a.png", (0, 1, 12))
        self.write("val_img/b.jpg", "val_label/b.png", (0, 13))
        dataset = describe("facades", str(self.root))
        self.assertEqual(dataset.num_classes, 13)
        self.assertFalse(dataset.use_edge_map)
        self.assertEqual(dataset.read(0).label_map.max(), 12)
        with self.assertRaisesRegex(ValueError, "id 13 .*0 to 12"):
            describe("facades", str(self.root), "test").read(0)
