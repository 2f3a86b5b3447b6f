import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.data import describe
from keras_semsynth.data import read_image
from tests.data import files


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write_colors(self, split, sets):
        """Writes one layout of vertical stripes for each set of colours."""
        for number, colors in enumerate(sets):
            ids = files.stripes(ids=tuple(range(len(colors))))
            name = f"{split}{number}"
            files.write_image(self.root / split / "images" / f"{name}.png")
            files.write_colors(
                self.root / split / "labels" / f"{name}.png",
                np.array(colors, "uint8")[ids],
            )
        folders = (
            str(self.root / split / kind) for kind in ("images", "labels")
        )
        return dict(zip(("image_dir", "label_dir"), folders, strict=True))

    def test_pairs_come_in_natural_order_and_decode(self):
        folders = files.write_pairs(self.root, ["a/10", "a/9", "b/1"])
        dataset = describe("folder", num_classes=3, **folders)
        self.assertEqual(len(dataset), 3)
        self.assertEqual(
            [pathlib.Path(s.label).stem for s in dataset.samples],
            ["9", "10", "1"],
        )
        sample = dataset.read(0)
        self.assertEqual(sample.image.shape, (12, 16, 3))
        np.testing.assert_array_equal(sample.label_map, files.stripes())
        self.assertIsNone(sample.instance_map)
        self.assertFalse(dataset.use_edge_map)
        self.assertEqual(dataset.num_classes, 3)
        self.assertIsNone(dataset.unknown_class)

    def test_ignore_label_adds_the_unknown_class(self):
        folders = files.write_pairs(self.root, ["1"], ids=(0, 255))
        dataset = describe("folder", num_classes=2, ignore_label=255, **folders)
        self.assertEqual(dataset.num_classes, 3)
        self.assertEqual(dataset.unknown_class, 2)
        self.assertEqual(dataset.class_names[-1], "unknown")
        self.assertEqual(set(np.unique(dataset.read(0).label_map)), {0, 2})

    def test_instance_maps_give_edges_where_they_are_given(self):
        folders = files.write_pairs(self.root, ["1", "2"])
        for name in ("1", "2"):
            files.write_labels(
                self.root / f"instances/{name}.png",
                files.stripes(ids=(7, 700)),
                "I;16",
            )
        folders["instance_dir"] = str(self.root / "instances")
        dataset = describe("folder", num_classes=3, **folders)
        self.assertTrue(dataset.use_edge_map)
        self.assertEqual(set(np.unique(dataset.read(1).instance_map)), {7, 700})
        without = describe(
            "folder", num_classes=3, use_edge_map=False, **folders
        )
        self.assertFalse(without.use_edge_map)
        self.assertIsNone(without.read(0).instance_map)

    def test_max_dataset_size_keeps_the_first_samples(self):
        folders = files.write_pairs(self.root, ["1", "2", "3"])
        dataset = describe(
            "folder", num_classes=3, max_dataset_size=2, **folders
        )
        self.assertEqual(len(dataset), 2)

    def test_detected_colours_have_the_same_ids_in_both_splits(self):
        red, green, blue, white = (
            (200, 0, 0), (0, 200, 0), (0, 0, 200), (255, 255, 255),
        )  # fmt: skip
        train = self.write_colors("train", [[red, green], [blue, red]])
        val = self.write_colors("val", [[white, blue]])
        options = {
            **train,
            "val_image_dir": val["image_dir"],
            "val_label_dir": val["label_dir"],
        }
        expected = [blue, green, red, white]
        for split in ("train", "val"):
            dataset = describe("folder", split=split, **options)
            self.assertEqual(dataset.num_classes, 4)
            np.testing.assert_array_equal(dataset.classes.palette, expected)
            self.assertEqual(dataset.class_names[0], "#0000c8")
            for index in range(len(dataset)):
                sample = dataset.read(index)
                np.testing.assert_array_equal(
                    dataset.classes.palette[sample.label_map],
                    read_image(dataset.samples[index].label),
                )

    def test_colour_maps_shrunk_to_indexed_files_keep_their_ids(self):
        colors = [(200, 0, 0), (0, 0, 200)]
        folders = self.write_colors("train", [colors, colors[::-1]])
        path = self.root / "train/labels/train1.png"
        with files.Image.open(path) as image:
            indexed = image.convert("P", palette=files.Image.Palette.ADAPTIVE)
        files.save(path, indexed)
        dataset = describe("folder", **folders)
        for index, expected in ((0, [1, 0]), (1, [0, 1])):
            label_map = dataset.read(index).label_map
            self.assertEqual([label_map[0, 0], label_map[0, -1]], expected)

    def test_a_palette_file_gives_ids_names_and_colours(self):
        folders = self.write_colors("train", [[(9, 9, 200), (50, 80, 1)]])
        palette = self.root / "palette.txt"
        palette.write_text("50 80 1 grass\n9 9 200 sky\n0 0 0 void\n")
        dataset = describe(
            "folder", palette=str(palette), ignore_label=2, **folders
        )
        self.assertEqual(dataset.class_names, ("grass", "sky", "unknown"))
        np.testing.assert_array_equal(dataset.classes.palette[1], (9, 9, 200))
        label_map = dataset.read(0).label_map
        self.assertEqual((label_map[0, 0], label_map[0, -1]), (1, 0))

    def test_photographs_as_labels_are_refused_by_detection(self):
        folders = files.write_pairs(self.root, ["1"])
        files.write_image(self.root / "labels/1.png", (64, 64))
        with self.assertRaisesRegex(ValueError, "more than 1024 colours"):
            describe("folder", palette="detect", **folders)

    def test_indexed_files_lend_their_palette_for_display(self):
        folders = files.write_pairs(self.root, ["1"])
        image = files.Image.fromarray(files.stripes().astype("uint8"))
        image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
        files.save(self.root / "labels/1.png", image)
        dataset = describe("folder", num_classes=3, **folders)
        np.testing.assert_array_equal(
            dataset.classes.palette, [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
        )

    def test_class_names_come_as_text_or_file(self):
        folders = files.write_pairs(self.root, ["1"])
        names = self.root / "names.txt"
        names.write_text("sky\ntall tree\nsea\n")
        for given in ("sky, tall tree, sea", str(names)):
            dataset = describe(
                "folder", num_classes=3, class_names=given, **folders
            )
            self.assertEqual(dataset.class_names, ("sky", "tall tree", "sea"))
        with self.assertRaisesRegex(ValueError, "2 names.*3 classes"):
            describe("folder", num_classes=3, class_names="a,b", **folders)

    def test_every_mistake_is_one_sentence_that_names_the_flag(self):
        folders = files.write_pairs(self.root, ["1"])
        empty = self.root / "empty"
        empty.mkdir()
        image_dir, label_dir = folders.values()
        for options, message in (
            ({}, "needs `image_dir"),
            ({"image_dir": image_dir}, "needs `label_dir"),
            ({**folders}, "needs `num_classes"),
            ({**folders, "split": "val", "val_label_dir": label_dir},
                "needs `val_image_dir"),
            ({**folders, "image_dir": "none"}, "folder none does not exist"),
            (
                {"image_dir": str(empty), "label_dir": str(empty)},
                "folder .*empty holds no images",
            ),
            (
                {
                    "image_dir": str(empty),
                    "label_dir": str(empty),
                    "num_classes": 3,
                },
                "folder .*empty holds no images",
            ),
            (
                {"image_dir": str(empty), "label_dir": label_dir,
                 "num_classes": 3},
                "folder .*empty holds no images",
            ),
            (
                {**folders, "num_classes": 3, "use_edge_map": True},
                "give `instance_dir",
            ),
            ({**folders, "num_classes": 3, "pairing": "luck"}, "`pairing`"),
            ({**folders, "num_classes": 3, "split": "x"}, "`split`"),
        ):  # fmt: skip
            with self.subTest(message=message):
                with self.assertRaisesRegex(ValueError, message) as caught:
                    describe("folder", **options)
                self.assertNotIn("\n", str(caught.exception))

    def test_a_photograph_of_another_size_is_named(self):
        folders = files.write_pairs(self.root, ["1"])
        files.write_image(self.root / "images/1.jpg", (20, 30))
        dataset = describe("folder", num_classes=3, **folders)
        with self.assertRaisesRegex(ValueError, "1.jpg is 30x20 .* 16x12"):
            dataset.read(0)
