import pathlib
import tempfile
import unittest

from absl import flags

import keras_semsynth.data.flags as data_flags
from tests.data import files
from tests.data import flag_values
from tests.data.flag_values import parse


class FlagsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.addCleanup(flag_values.reset)

    def folder_flags(self, *more):
        folders = files.write_pairs(self.root, ["1", "2", "3"])
        return parse(
            "--dataset=folder",
            *(f"--{name}={value}" for name, value in folders.items()),
            "--num_classes=3",
            *more,
        )

    def test_the_default_is_landscapes(self):
        values = parse()
        train = data_flags.dataset_from_flags(values, "train")
        self.assertEqual((train.name, len(train)), ("landscapes", 2000))
        val = data_flags.dataset_from_flags(values, "val")
        self.assertEqual((val.split, len(val)), ("val", 200))
        self.assertEqual(data_flags.image_size_from_flags(values), (64, 64))

    def test_landscapes_take_size_and_count(self):
        values = parse("--image_size=32x48", "--max_dataset_size=3000")
        train = data_flags.dataset_from_flags(values, "train")
        self.assertEqual(len(train), 3000)
        self.assertEqual(train.read(0).label_map.shape, (32, 48))
        val = data_flags.dataset_from_flags(values, "val")
        self.assertEqual(len(val), 200)

    def test_folder_flags_reach_the_dataset(self):
        values = self.folder_flags("--max_dataset_size=2", "--ignore_label=9")
        dataset = data_flags.dataset_from_flags(values, "train")
        self.assertEqual((len(dataset), dataset.num_classes), (2, 4))
        self.assertIsNone(data_flags.dataset_from_flags(values, "val"))

    def test_half_a_validation_split_is_an_error(self):
        values = self.folder_flags(f"--val_image_dir={self.root}/images")
        with self.assertRaisesRegex(ValueError, "needs --val_label_dir"):
            data_flags.dataset_from_flags(values, "val")

    def test_ade20k_outdoor_takes_the_options_of_ade20k(self):
        name = "x/ADE_train_00000001"
        files.write_image(self.root / f"{name}.jpg")
        files.write_labels(self.root / f"{name}.png", files.stripes())
        listing = self.root / "list.txt"
        listing.write_text("ADE_train_00000001\n")
        values = parse(
            "--dataset=ade20k_outdoor",
            f"--data_dir={self.root}",
            f"--file_list={listing}",
            "--ade_label_shift",
        )
        dataset = data_flags.dataset_from_flags(values, "train")
        self.assertEqual(dataset.unknown_class, 150)

    def test_flags_of_other_datasets_are_pointed_out(self):
        files.write_image(self.root / "train_img/1.jpg")
        files.write_labels(self.root / "train_label/1.png", files.stripes())
        values = parse(
            "--dataset=facades", f"--data_dir={self.root}", "--num_classes=3"
        )
        with self.assertLogs(level="WARNING") as logs:
            data_flags.dataset_from_flags(values, "train")
        self.assertEqual(len(logs.output), 1)
        self.assertIn(
            "--num_classes has no effect with --dataset=facades",
            logs.output[0],
        )

    def test_sizes_and_mode_reach_the_preprocessing(self):
        values = self.folder_flags(
            "--image_size=64x96", "--load_size=72x108", "--noflip"
        )
        training = data_flags.preprocessing_from_flags(values, True, 7)
        self.assertEqual(training.image_size, (64, 96))
        self.assertEqual(training.load_size, (72, 108))
        self.assertFalse(training.flip)
        self.assertEqual(training.unknown_class, 7)
        evaluation = data_flags.preprocessing_from_flags(values, False)
        self.assertEqual(evaluation.load_size, (64, 96))
        values = self.folder_flags(
            "--preprocess_mode=scale_width_and_crop",
            "--load_size=80",
            "--image_size=48",
        )
        preprocessing = data_flags.preprocessing_from_flags(values, True)
        self.assertEqual(preprocessing.load_size, 80)
        self.assertEqual(preprocessing.image_size, (48, 48))

    def test_sizes_that_do_not_parse_are_refused(self):
        for text in ("64x", "x64", "0x64", "64*64", "-3", "64x64x3"):
            with self.assertRaises(flags.IllegalFlagValueError):
                parse(f"--image_size={text}")
        with self.assertRaisesRegex(ValueError, "HEIGHTxWIDTH"):
            data_flags.parse_size("big")
        self.assertEqual(data_flags.parse_size("64x96"), (64, 96))
        self.assertEqual(data_flags.parse_size("64"), (64, 64))

    def test_choices_are_checked(self):
        for argument in (
            "--dataset=imagenet",
            "--preprocess_mode=stretch",
            "--cache=maybe",
            "--num_classes=0",
            "--ignore_label=-1",
        ):
            with self.assertRaises(flags.IllegalFlagValueError):
                parse(argument)
