import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import check_dataset
from keras_semsynth.data import describe
from keras_semsynth.data.validation import validate
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import set_max_pixels
from tests.data import files
from tests.files.photograph_files import exif


class ValidationTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        names = [str(n) for n in range(8)]
        self.folders = files.write_pairs(self.root, names)

    def dataset(self, **options):
        return describe("folder", num_classes=3, **self.folders, **options)

    def check_refused(self, message, *args, **options):
        with self.assertRaisesRegex(ValueError, message) as caught:
            validate(self.dataset(**options), *args)
        self.assertNotIn("\n", str(caught.exception))

    def test_good_data_pass(self):
        validate(self.dataset(), Preprocessing(load_size=9, crop_size=8))
        validate(describe("landscapes"), Preprocessing("fixed", crop_size=64))

    def test_an_id_out_of_range_is_found_in_the_last_file(self):
        files.write_labels(
            self.root / "labels/7.png", files.stripes(ids=(0, 255))
        )
        self.check_refused("id 255 found in .*7.png.*allowed are 0 to 2")

    def test_the_first_bad_sample_is_the_one_named(self):
        for name in "52":
            path = self.root / f"labels/{name}.png"
            files.write_labels(path, files.stripes(ids=(0, 9)))
        self.check_refused("2.png")

    def test_sizes_that_differ_are_found_for_all_three_kinds(self):
        files.write_image(self.root / "images/3.jpg", (12, 20))
        self.check_refused("3.jpg is 20x12 .*3.png is 16x12")
        files.write_image(self.root / "images/3.jpg", (12, 16))
        for name in range(8):
            files.write_labels(
                self.root / f"instances/{name}.png",
                files.stripes((12, 16 + (name == 5))),
            )
        self.check_refused(
            "instances/5.png is 17x12",
            instance_dir=str(self.root / "instances"),
        )

    def test_sizes_are_compared_after_turning(self):
        turned = Image.new("RGB", (12, 16))
        turned.save(self.root / "images/3.jpg", exif=exif(6))
        validate(self.dataset())
        turned.save(self.root / "images/3.jpg", exif=exif(3))
        self.check_refused("3.jpg is 12x16 .*3.png is 16x12")

    def test_photographs_that_cannot_be_shown_or_are_too_large_are_found(self):
        (self.root / "images/3.jpg").unlink()
        path = self.root / "images/3.tif"
        Image.new("F", (16, 12)).save(path)
        self.check_refused("3.tif .*float values.*8-bit")
        Image.new("L", (16, 12)).save(path)
        self.addCleanup(set_max_pixels, max_pixels())
        set_max_pixels(16 * 12 - 1)
        self.check_refused("has 16 x 12 pixels.*`max_pixels=192`")

    def test_photographs_of_12_bits_in_16_are_said_to_be_dark(self):
        arguments = {**self.folders, "num_classes": 3}
        self.assertNotIn("black", str(check_dataset("folder", arguments)))
        (self.root / "images/3.jpg").unlink()
        values = np.linspace(0, 4095, 12 * 16).reshape(12, 16)
        image = Image.fromarray(values.astype("uint16"))
        image.save(self.root / "images/3.tif")
        report = str(check_dataset("folder", arguments))
        self.assertRegex(report, "1 of 8 photographs are almost black.*3.tif")

    def test_a_broken_photograph_is_found(self):
        (self.root / "images/4.jpg").write_bytes(b"broken")
        self.check_refused("4.jpg cannot be read")

    def test_large_datasets_are_sampled_evenly(self):
        files.write_labels(
            self.root / "labels/1.png", files.stripes(ids=(0, 9))
        )
        validate(self.dataset(), max_samples=4)
        self.check_refused("1.png", None, None)

    def test_a_crop_larger_than_the_load_size_is_refused(self):
        for arguments in (
            ("resize_and_crop", 8, 9),
            ("resize_and_crop", (8, 20), (9, 9)),
            ("scale_width_and_crop", 8, 9),
            ("scale_shortside_and_crop", 8, 9),
        ):
            self.check_refused(
                "`image_size=9x9` is larger than `load_size=8",
                Preprocessing(*arguments),
            )

    def test_a_crop_larger_than_a_file_is_refused_or_padded(self):
        crop = Preprocessing("crop", crop_size=14)
        self.check_refused(
            "14x14` is larger than .*0.png, which is 12x16", crop
        )
        validate(self.dataset(ignore_label=9), crop)

    def test_an_empty_dataset_is_refused(self):
        dataset = self.dataset()
        dataset.samples = []
        with self.assertRaisesRegex(ValueError, "is empty"):
            validate(dataset)
