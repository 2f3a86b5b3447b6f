import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import keras
import numpy as np
from PIL import Image

from keras_semsynth.commands import train_scorer
from tests.data.files import write_image
from tests.data.files import write_labels
from tests.data.files import write_pairs

TINY = ("--filters=2", "--depth=1", "--epochs=1", "--batch_size=4")


class TrainScorerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.path = self.root / "deep" / "scorer.keras"

    def run_command(self, *arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = train_scorer.main(
                        ["train_scorer", f"--output={self.path}", *arguments]
                    )
                except SystemExit as error:
                    status = error.code
        self.output, self.errors = stdout.getvalue(), stderr.getvalue()
        return status

    def failure(self, *arguments):
        self.assertEqual(self.run_command(*arguments), 2, self.errors)
        self.assertEqual(self.errors.count("\n"), 1, self.errors)
        return self.errors

    def folder_flags(self, *arguments):
        folders = write_pairs(self.root, "abcde", ids=(0, 1, 2))
        return [
            "--dataset=folder",
            *(f"--{name}={folder}" for name, folder in folders.items()),
            "--num_classes=2",
            "--ignore_label=2",
            "--class_names=left,middle",
            "--image_size=12x16",
            "--preprocess_mode=fixed",
            *arguments,
        ]

    def test_landscapes_from_flags_to_files(self):
        arguments = [
            "--dataset=landscapes",
            "--image_size=16x16",
            "--max_dataset_size=8",
            *TINY,
        ]
        self.assertEqual(self.run_command(*arguments), 0, self.errors)
        self.assertIn("Epoch 1/1", self.output)
        self.assertIn("mIoU", self.output)
        scorer = keras.models.load_model(self.path)
        self.assertEqual(
            (scorer.dataset, scorer.image_size), ("landscapes", [16, 16])
        )
        report = json.loads(self.path.with_suffix(".json").read_text())
        scores = report["real_validation"]
        self.assertEqual(list(scores["iou"]), list(scorer.class_names))
        self.assertTrue(0 <= scores["miou"] <= scores["pixel_accuracy"] <= 1)
        self.assertEqual(sum(scores["pixels"].values()), 8 * 16 * 16)
        self.assertEqual(report["flags"]["max_dataset_size"], "8")
        self.assertEqual(report["scorer"], scorer.describe())
        with Image.open(self.path.with_suffix(".png")) as picture:
            self.assertGreater(picture.size[0], 3 * 128)
        self.assertEqual(len(list(self.path.parent.iterdir())), 3)
        self.assertIn("scorer.keras exists", self.failure(*arguments))

    def test_a_folder_with_unlabelled_pixels_and_no_validation_split(self):
        self.path.parent.mkdir()
        self.path.with_suffix(".json").write_text("of another run")
        arguments = self.folder_flags(*TINY)
        self.assertIn("scorer.json exists", self.failure(*arguments))
        self.assertEqual(
            self.run_command(*arguments, "--overwrite"), 0, self.errors
        )
        self.assertIn("1 of 5 samples are held out", self.output)
        report = json.loads(self.path.with_suffix(".json").read_text())
        scores = report["real_validation"]
        self.assertEqual(list(scores["iou"]), ["left", "middle"])
        self.assertEqual(
            (report["training_images"], report["validation_images"]), (4, 1)
        )
        self.assertEqual(scores["ignored_pixels"], 12 * 5)
        scorer = keras.models.load_model(self.path)
        self.assertEqual((scorer.num_classes, scorer.unknown_class), (2, 2))

    def test_bad_input_is_one_sentence(self):
        self.assertIn("end in .keras", self.failure("--output=scorer.h5"))
        self.assertIn("mean --epochs?", self.failure("--epoch=2"))
        self.assertIn("no label maps", self.failure("--dataset=unpaired"))
        self.assertIn(
            "lower --batch_size",
            self.failure("--max_dataset_size=3", "--batch_size=4"),
        )
        arguments = self.folder_flags("--preprocess_mode=none", *TINY)
        self.assertIn("different sizes", self.failure(*arguments))
        write_image(self.root / "val/a.jpg", (12, 16))
        write_labels(self.root / "val_labels/a.png", np.full((12, 16), 9))
        self.assertIn(
            "a.png",
            self.failure(
                *self.folder_flags(
                    f"--val_image_dir={self.root / 'val'}",
                    f"--val_label_dir={self.root / 'val_labels'}",
                    *TINY,
                )
            ),
        )
        self.assertFalse(self.path.parent.exists())
