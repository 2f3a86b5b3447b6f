import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth.data import check_dataset
from keras_semsynth.data import describe
from keras_semsynth.data import load
from keras_semsynth.data.unpaired_dataset import read_photo
from keras_semsynth.data.validation import validate
from keras_semsynth.files.images import read_image
from tests.data import files
from tests.files.photograph_files import exif
from tests.files.photograph_files import scene


class UnpairedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, count in (
            ("trainA", 2),
            ("trainB", 3),
            ("testA", 1),
            ("testB", 2),
        ):
            for i in range(count):
                seed = 10 * len(name) + i + (100 if name[-1] == "B" else 0)
                path = self.root / name / f"{i + 1}.png"
                files.write_image(path, (8, 8), seed)

    def image(self, name):
        return read_image(str(self.root / name)) / 127.5 - 1

    def pairs(self, split):
        dataset = describe("unpaired", str(self.root), split)
        return [
            tuple(str(pathlib.Path(p).relative_to(self.root)) for p in pair)
            for pair in dataset.samples
        ]

    def batches(self, **options):
        return load(
            "unpaired",
            str(self.root),
            image_size=(8, 8),
            preprocess_mode="fixed",
            **options,
        )

    def test_the_shorter_list_is_repeated(self):
        self.assertEqual(
            self.pairs("train"),
            [
                ("trainA/1.png", "trainB/1.png"),
                ("trainA/2.png", "trainB/2.png"),
                ("trainA/1.png", "trainB/3.png"),
            ],
        )
        self.assertEqual(
            self.pairs("val"),
            [("testA/1.png", "testB/1.png"), ("testA/1.png", "testB/2.png")],
        )

    def test_batches_hold_the_source_and_the_reference_twice(self):
        batches = self.batches(split="val", batch_size=2)
        inputs, image = next(iter(batches))
        self.assertEqual(set(inputs), {"label_map", "source"})
        for found, names in (
            (inputs["source"], ("testA/1.png", "testA/1.png")),
            (inputs["label_map"], ("testB/1.png", "testB/2.png")),
            (image, ("testB/1.png", "testB/2.png")),
        ):
            expected = np.stack([self.image(name) for name in names])
            np.testing.assert_allclose(found, expected, atol=1e-6)

    def test_photographs_are_read_as_a_viewer_shows_them(self):
        path = self.root / "turned.png"
        turned = np.rot90(scene())
        Image.fromarray(turned).save(path, exif=exif(6))
        np.testing.assert_array_equal(read_photo(str(path)).image, scene())

    def test_a_photograph_that_cannot_be_read_is_found_before_training(self):
        path = self.root / "trainB/3.png"
        path.rename(path.with_suffix(".tif"))
        path = path.with_suffix(".tif")
        Image.new("F", (8, 8)).save(path)
        with self.assertRaisesRegex(ValueError, "3.tif .*float values"):
            validate(describe("unpaired", str(self.root)))
        report = check_dataset("unpaired", {"data_dir": str(self.root)})
        self.assertIn("3.tif", str(report))
        self.assertIn("val: 2 pairs of photographs", str(report))

    def test_both_are_flipped_together(self):
        sources = [self.image(f"trainA/{i}.png") for i in (1, 2)]
        references = [self.image(f"trainB/{i}.png") for i in (1, 2, 3)]

        def flipped(found, candidates):
            return next(
                flip
                for image in candidates
                for flip, value in ((0, image), (1, image[:, ::-1]))
                if np.allclose(found, value, atol=1e-6)
            )

        seen = set()
        for _ in range(4):
            for inputs, image in self.batches(seed=3):
                both = (
                    flipped(inputs["source"][0], sources),
                    flipped(image[0], references),
                )
                self.assertEqual(*both)
                seen.add(both)
        self.assertEqual(len(seen), 2)

    def test_references_can_be_drawn_at_random(self):
        fixed, drawn = (
            [
                (
                    inputs["source"].numpy().tobytes(),
                    image.numpy().tobytes(),
                )
                for _ in range(6)
                for inputs, image in batches
            ]
            for batches in (
                self.batches(flip=False),
                self.batches(flip=False, random_references=True),
            )
        )
        self.assertEqual(len(set(fixed)), 3)
        self.assertGreater(len(set(drawn)), 3)

    def test_crops_of_larger_files(self):
        batches = load("unpaired", str(self.root), image_size=(4, 4))
        inputs, image = next(iter(batches))
        self.assertEqual(inputs["source"].shape, (1, 4, 4, 3))
        self.assertEqual(image.shape, (1, 4, 4, 3))

    def test_validation_and_errors(self):
        validate(describe("unpaired", str(self.root)))
        with self.assertRaisesRegex(ValueError, "`split` must be"):
            describe("unpaired", str(self.root), "other")
        for path in (self.root / "testB").iterdir():
            path.unlink()
        with self.assertRaisesRegex(ValueError, "testB holds no images"):
            describe("unpaired", str(self.root), "val")
