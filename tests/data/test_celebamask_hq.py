import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth.data import describe
from keras_semsynth.data import load
from keras_semsynth.data.validation import validate
from tests.data import files


class CelebAMaskHQTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.labels = files.stripes((8, 9), ids=(0, 1, 18))
        for face in (2, 2001, 7):
            files.write_image(self.root / f"CelebA-HQ-img/{face}.jpg", (16, 18))
        (self.root / "train_list.txt").write_text("7\n2.jpg\n")
        (self.root / "test_list.txt").write_text("2001\n")

    def write_masks(self):
        for face in (2, 2001, 7):
            files.write_labels(
                self.root / f"CelebAMaskHQ-mask/{face}.png", self.labels
            )

    def write_parts(self):
        for face in (2, 2001, 7):
            folder = f"CelebAMask-HQ-mask-anno/{face // 2000}"
            for part, columns in (
                ("skin", slice(1, 9)),
                ("nose", slice(4, 6)),
                ("hair", slice(5, 7)),
                ("cloth", slice(8, 9)),
            ):
                mask = np.zeros((8, 9, 3), "uint8")
                mask[:, columns] = 255
                files.write_colors(
                    self.root / folder / f"{face:05d}_{part}.png", mask
                )

    def describe(self, split="train", **options):
        return describe("celebamask_hq", str(self.root), split, **options)

    def test_lists_choose_the_faces_of_a_split(self):
        self.write_masks()
        faces = {
            split: [
                pathlib.Path(sample.image).stem
                for sample in self.describe(split).samples
            ]
            for split in ("train", "val", "test")
        }
        self.assertEqual(
            faces, {"train": ["7", "2"], "val": ["2001"], "test": ["2001"]}
        )
        self.assertEqual(len(self.describe(max_dataset_size=1)), 1)

    def test_parts_move_down_and_the_background_comes_last(self):
        self.write_masks()
        dataset = self.describe()
        self.assertEqual(dataset.num_classes, 19)
        self.assertEqual(dataset.unknown_class, 18)
        self.assertEqual(dataset.class_names[0], "skin")
        self.assertEqual(dataset.class_names[17:], ("cloth", "background"))
        expected = files.stripes((16, 18), ids=(18, 0, 17))
        np.testing.assert_array_equal(dataset.read(0).label_map, expected)

    def test_single_parts_are_merged_where_later_ones_cover(self):
        self.write_parts()
        dataset = self.describe()
        row = dataset.read(0).label_map[0, ::2]
        self.assertEqual(row.tolist(), [18, 0, 0, 0, 1, 12, 12, 0, 17])
        self.assertEqual(len(self.describe("val")), 1)

    def test_masks_of_half_size_lose_nothing_when_both_are_resized(self):
        self.write_masks()
        dataset = self.describe()
        validate(dataset)
        batches = load(
            "celebamask_hq",
            str(self.root),
            "val",
            image_size=(8, 9),
        )
        inputs, image = next(iter(batches))
        expected = np.where(self.labels == 0, 19, self.labels) - 1
        np.testing.assert_array_equal(inputs["label_map"][0], expected)
        photo = Image.open(self.root / "CelebA-HQ-img/2001.jpg").convert("RGB")
        small = photo.resize((9, 8), Image.Resampling.BICUBIC)
        np.testing.assert_allclose(
            image[0], np.asarray(small) / 127.5 - 1, atol=1e-5
        )

    def test_the_paper_trains_at_512(self):
        self.write_masks()
        inputs, _ = next(iter(load("celebamask_hq", str(self.root))))
        self.assertEqual(inputs["label_map"].shape, (1, 512, 512))

    def test_what_is_missing_is_named(self):
        with self.assertRaisesRegex(ValueError, "7_?.*does not exist"):
            self.describe()
        self.write_masks()
        with self.assertRaisesRegex(ValueError, "`split` must be"):
            self.describe("other")
        (self.root / "train_list.txt").unlink()
        with self.assertRaisesRegex(ValueError, "write both lists"):
            self.describe()
        (self.root / "test_list.txt").unlink()
        with self.assertRaisesRegex(ValueError, "mapping.txt does not exist"):
            self.describe()
        self.write_mapping("7 119612 119613.jpg\n2 photo\n")
        with self.assertRaisesRegex(ValueError, "mapping.txt, line 3"):
            self.describe()

    def write_mapping(self, rows):
        (self.root / "CelebA-HQ-to-CelebA-mapping.txt").write_text(
            "idx    orig_idx     orig_file\n" + rows
        )

    def test_without_lists_faces_are_split_as_celeba_is(self):
        self.write_masks()
        for name in ("train_list.txt", "test_list.txt"):
            (self.root / name).unlink()
        self.write_mapping(
            "2     162769  162770.jpg\n7     182636  182637.jpg\n"
            "2001  182637  182638.jpg\n"
        )

        def faces():
            return {
                split: [
                    pathlib.Path(sample.image).stem
                    for sample in self.describe(split).samples
                ]
                for split in ("train", "test")
            }

        self.assertEqual(faces(), {"train": ["2"], "test": ["2001"]})
        # CelebA's own list wins, if it is there.
        (self.root / "list_eval_partition.txt").write_text(
            "162770.jpg 1\n182637.jpg 0\n182638.jpg 2\n"
        )
        self.assertEqual(faces(), {"train": ["7"], "test": ["2001"]})
        (self.root / "list_eval_partition.txt").write_text("162770.jpg 1\n")
        with self.assertRaisesRegex(ValueError, "mapping.txt, line 3"):
            self.describe()
