import pathlib
import shutil
import tempfile
import unittest

import numpy as np

from keras_semsynth.data import check_dataset
from keras_semsynth.data import describe
from keras_semsynth.data import get_dataset
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

    def test_an_incomplete_pair_is_named(self):
        (self.root / "images/training/ADE_train_00000002.jpg").unlink()
        with self.assertRaisesRegex(
            ValueError, "2 images, 3 label maps.*ADE_train_00000002"
        ):
            describe("ade20k", str(self.root))

    def test_the_full_dataset_is_told_from_its_benchmark(self):
        for name in ("ADE_train_00000001_seg", "ADE_train_00000001_parts_1"):
            path = self.root / f"full/images/training/a/abbey/{name}.png"
            files.write_image(path)
            with self.assertRaisesRegex(
                ValueError, f"{name}.*is of the full ADE20K.*ADEChallengeData"
            ):
                describe("ade20k", str(self.root / "full"))
            path.unlink()

    def test_a_folder_of_something_else_names_the_archive(self):
        files.write_image(self.root / "other/a.jpg")
        (self.root / "other/b.heic").touch()
        with self.assertRaisesRegex(
            ValueError, "ADEChallengeData2016.zip was unpacked.*1 file with"
        ):
            describe("ade20k", str(self.root / "other"))

    def test_extensions_are_compared_without_case(self):
        path = self.root / "images/training/ADE_train_00000001.jpg"
        path.rename(path.with_suffix(".JPG"))
        self.assertEqual(len(describe("ade20k", str(self.root))), 3)

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

    def test_a_missing_archive_is_named(self):
        (self.root / "gtFine").rename(self.root / "gtCoarse")
        with self.assertRaisesRegex(
            ValueError, "holds no gtFine/train.*gtFine_trainvaltest.zip has it"
        ):
            describe("cityscapes", str(self.root))

    def test_archives_may_be_in_folders_of_their_names(self):
        for name in ("gtFine", "leftImg8bit"):
            parent = self.root / f"{name}_trainvaltest"
            parent.mkdir()
            (self.root / name).rename(parent / name)
        self.assertEqual(len(describe("cityscapes", str(self.root))), 2)

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

    def write_archives(self, images, labels):
        for split in ("train", "val"):
            self.write(
                f"{images}/{split}2017/000000000009.jpg",
                f"{labels}/{split}2017/000000000009.png",
                (0, 181, 255),
            )

    def describe(self, **options):
        root = str(self.root / "published")
        return describe("coco_stuff", root, use_edge_map=False, **options)

    def test_the_folders_of_the_archives_are_read(self):
        for images, labels in (
            ("images", "annotations"),
            (".", "stuffthingmaps"),
            ("images", "annotations/stuffthingmaps"),
            (".", "stuffthingmaps_trainval2017"),
            ("images", "."),
            (".", "."),
        ):
            with self.subTest(images=images, labels=labels):
                shutil.rmtree(self.root / "published", ignore_errors=True)
                self.write_archives(
                    f"published/{images}", f"published/{labels}"
                )
                for split in ("train", "val"):
                    dataset = self.describe(split=split)
                    self.assertEqual(self.stems(dataset), ["000000000009"])
                    self.assertEqual(
                        set(np.unique(dataset.read(0).label_map)), {0, 181, 182}
                    )

    def test_maps_of_train_ids_beside_the_label_maps_do_no_harm(self):
        self.write_archives("published/images", "published/annotations")
        files.write_labels(
            self.root / "published/annotations/train2017"
            "/000000000009_labelTrainIds.png",
            files.stripes(),
        )
        self.assertEqual(len(self.describe()), 1)

    def test_none_and_two_places_are_one_sentence(self):
        self.write_archives("published/images", "published/elsewhere")
        with self.assertRaisesRegex(ValueError, "Both .* hold photographs"):
            self.write_archives("published", "published/elsewhere")
            self.describe()
        shutil.rmtree(self.root / "published/train2017")
        with self.assertRaisesRegex(
            ValueError,
            "no label maps of the train split in any of train_label, "
            "annotations/train2017, .*stuffthingmaps_trainval2017.zip",
        ):
            self.describe()
        files.write_image(
            self.root / "published/annotations/panoptic_train2017/1.png"
        )
        with self.assertRaisesRegex(ValueError, "panoptic maps"):
            self.describe()
        with self.assertRaisesRegex(ValueError, "nowhere does not exist"):
            describe("coco_stuff", str(self.root / "nowhere"))

    def test_category_ids_are_shifted_by_an_argument(self):
        self.write_archives("published/images", "published/annotations")
        path = self.root / "published/annotations/train2017/000000000009.png"
        files.write_labels(path, files.stripes(ids=(0, 1, 182)))
        with self.assertRaisesRegex(ValueError, "182.*`coco_label_shift=true`"):
            self.describe().read(0)
        dataset = self.describe(coco_label_shift=True)
        self.assertEqual(dataset.unknown_class, 182)
        self.assertEqual(dataset.class_names[0], "person")
        self.assertEqual(
            set(np.unique(dataset.read(0).label_map)), {182, 0, 181}
        )

    def test_numbering_that_is_not_likely_is_doubted(self):
        plain = get_dataset("coco_stuff")
        shifted = plain.variant({"coco_label_shift": True})
        (doubt,) = plain.doubts({0: 5, 157: 3}, 10)
        self.assertRegex(doubt, "5 of 10 label maps.*`coco_label_shift=true`")
        self.assertEqual(plain.doubts({0: 5, 255: 1}, 10), [])
        self.assertEqual(plain.doubts({0: 1, 157: 3}, 10), [])
        self.assertEqual(plain.doubts({157: 3}, 10), [])
        for name in ("coco_stuff", "ade20k", "facades"):
            self.assertEqual(get_dataset(name).doubts({}, 0), [])
        self.assertEqual(shifted.doubts({0: 5, 157: 3}, 10), [])
        self.assertRegex(shifted.doubts({255: 5}, 10)[0], "255 is in 5 of 10")

    def test_the_check_of_data_doubts(self):
        self.write_archives("published/images", "published/annotations")
        for path in (self.root / "published/annotations").rglob("*.png"):
            files.write_labels(path, files.stripes(ids=(0, 1, 157)))
        arguments = {"data_dir": self.root / "published", "use_edge_map": False}
        report = check_dataset("coco_stuff", arguments)
        self.assertIn("`coco_label_shift=true`", str(report))
        self.assertFalse(report.failed)
        arguments["coco_label_shift"] = True
        report = check_dataset("coco_stuff", arguments)
        self.assertNotIn("coco_label_shift", str(report))

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

    def test_the_archives_are_read_as_they_unpack(self):
        for number in ("b0001", "b0010", "b0002", "x0001"):
            folder = "base" if number[0] == "b" else "extended"
            base = f"{folder}/cmp_{number}"
            self.write(f"{base}.jpg", f"{base}.png", (1, 2, 12))
            (self.root / f"{base}.xml").write_text("<object></object>")
        train = describe("facades", str(self.root))
        self.assertEqual(
            self.stems(train), ["cmp_b0001", "cmp_b0002", "cmp_b0010"]
        )
        self.assertEqual(set(np.unique(train.read(0).label_map)), {1, 2, 12})
        val = describe("facades", str(self.root), "val")
        self.assertEqual(self.stems(val), ["cmp_x0001"])

    def test_the_base_set_serves_alone(self):
        self.write("base/cmp_b0001.jpg", "base/cmp_b0001.png", (1, 12))
        self.assertEqual(len(describe("facades", str(self.root))), 1)
        self.assertIsNone(describe("facades", str(self.root), "val"))
        self.assertEqual(len(describe("facades", str(self.root / "base"))), 1)

    def test_a_photograph_without_label_map_is_named(self):
        self.write("base/cmp_b0001.jpg", "base/cmp_b0001.png", (1, 12))
        files.write_image(self.root / "base/cmp_b0002.jpg")
        with self.assertRaisesRegex(ValueError, "'cmp_b0002'"):
            describe("facades", str(self.root))

    def test_other_downloads_are_told_which_is_meant(self):
        with self.assertRaisesRegex(ValueError, "CMP_facade_DB_base.zip"):
            describe("facades", str(self.root))
        files.write_image(self.root / "train/1.jpg", (16, 32))
        with self.assertRaisesRegex(ValueError, "side by side, as pix2pix"):
            describe("facades", str(self.root))
