import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import keras
import numpy as np
from PIL import Image

from keras_semsynth.evaluation import evaluate
from keras_semsynth.experiments import Part
from keras_semsynth.training import train_scorer
from tests.data.files import write_image
from tests.data.files import write_labels
from tests.data.files import write_pairs

TINY = {"filters": 2, "depth": 1, "epochs": 1, "batch_size": 4}


class TrainScorerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.path = self.root / "deep" / "scorer.keras"

    def train(self, data, **options):
        with contextlib.redirect_stdout(io.StringIO()) as self.printed:
            return train_scorer(
                data, **{"output": self.path, **TINY, **options}
            )

    def folder(self, **arguments):
        folders = write_pairs(self.root, "abcde", ids=(0, 1, 2))
        return Part(
            "folder",
            {
                **folders,
                "num_classes": 2,
                "ignore_label": 2,
                "class_names": "left,middle",
                "image_size": (12, 16),
                "preprocess_mode": "fixed",
                **arguments,
            },
        )

    def test_landscapes_from_a_call_to_files(self):
        data = Part("landscapes", {"image_size": (16, 16), "count": 8})
        report = self.train(data)
        self.assertIn("Epoch 1/1", self.printed.getvalue())
        self.assertIn("mIoU", str(report))
        scorer = keras.models.load_model(report.path)
        self.assertEqual(
            (scorer.dataset, scorer.image_size), ("landscapes", [16, 16])
        )
        content = json.loads(report.report_path.read_text())
        scores = report.scores
        self.assertEqual(content["real_validation"], scores)
        self.assertEqual(list(scores["iou"]), list(scorer.class_names))
        self.assertTrue(0 <= scores["miou"] <= scores["pixel_accuracy"] <= 1)
        self.assertEqual(sum(scores["pixels"].values()), 8 * 16 * 16)
        self.assertEqual(content["data"]["count"], 8)
        self.assertEqual(content["scorer"], report.scorer.describe())
        with Image.open(report.picture_path) as picture:
            self.assertGreater(picture.size[0], 3 * 128)
        self.assertEqual(len(list(self.path.parent.iterdir())), 3)
        with self.assertRaisesRegex(ValueError, "scorer.keras` exists"):
            self.train(data)

    def test_samples_without_end_are_refused(self):
        with self.assertRaisesRegex(ValueError, "samples .* lower `count`"):
            self.train(Part("landscapes", {"count": 10**12}))

    def test_a_folder_with_unlabelled_pixels_is_learned_and_scored(self):
        data = self.folder()
        self.path.parent.mkdir()
        self.path.with_suffix(".json").write_text("of another run")
        with self.assertRaisesRegex(ValueError, "scorer.json` exists"):
            self.train(data)
        report = self.train(data, overwrite=True)
        self.assertIn("1 of 5 samples are held out", self.printed.getvalue())
        content = json.loads(report.report_path.read_text())
        self.assertEqual(list(report.scores["iou"]), ["left", "middle"])
        self.assertEqual(
            (content["training_images"], content["validation_images"]), (4, 1)
        )
        self.assertEqual(report.scores["ignored_pixels"], 12 * 5)
        scorer = report.scorer
        self.assertEqual((scorer.num_classes, scorer.unknown_class), (2, 2))
        # What it was trained for: to score images of that dataset.
        with contextlib.redirect_stdout(io.StringIO()):
            scores = evaluate(
                generated=data.arguments["image_dir"],
                labels=data.arguments["label_dir"],
                data=data,
                scorer=report.path,
                evaluation_dir=self.root / "scores",
            ).scores
        self.assertEqual(
            list(scores["miou"].details["iou"]), ["left", "middle"]
        )

    def test_mistakes_name_the_argument(self):
        small = Part("landscapes", {"count": 3})
        varying = self.folder(preprocess_mode="none")
        write_image(self.root / "val/a.jpg", (12, 16))
        write_labels(self.root / "val_labels/a.png", np.full((12, 16), 9))
        wrong = self.folder(
            val_image_dir=str(self.root / "val"),
            val_label_dir=str(self.root / "val_labels"),
        )
        for data, options, message in (
            (small, {"output": "scorer.h5"}, "`output` must end in .keras"),
            (small, {"epochs": 0}, "`epochs` must be finite and at least 1"),
            (small, {"learning_rate": float("nan")}, "`learning_rate` must be"),
            (small, {"learning_rate": 0.0}, "`learning_rate` must be positive"),
            (Part("unpaired"), {}, "no label maps"),
            (small, {}, "lower `batch_size`"),
            (varying, {}, "different sizes"),
            (wrong, {}, "a.png"),
        ):
            with self.subTest(message):
                with self.assertRaisesRegex(ValueError, message):
                    self.train(data, **options)
        self.assertFalse(self.path.parent.exists())
