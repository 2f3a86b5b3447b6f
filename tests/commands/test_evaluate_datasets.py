"""Folders of images are scored by what the package knows of their dataset."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import keras

from keras_semsynth.commands import evaluate
from keras_semsynth.data import get_dataset
from keras_semsynth.scorers import UNetSegmenter
from tests.data import files

SIZE = (32, 32)


class EvaluateDatasetsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        for name in "ab":
            files.write_image(cls.root / f"images/{name}.png", SIZE, ord(name))

    def scorer(self, name):
        """A network of the dataset's classes, with random weights."""
        classes = get_dataset(name).classes
        unknown = classes.unknown_id
        names = [n for i, n in enumerate(classes.names) if i != unknown]
        keras.utils.set_random_seed(1)
        network = UNetSegmenter(
            len(names),
            filters=2,
            depth=1,
            dataset=name,
            class_names=names,
            unknown_class=unknown,
        )
        network.build()
        path = self.root / f"{name}.keras"
        network.save(path)
        return path

    def score(self, name, ids, *arguments):
        """Exit status, report and error output for label files of `ids`."""
        labels = self.root / f"{name}_{max(ids)}"
        for image in "ab":
            files.write_labels(
                labels / f"{image}.png", files.stripes(SIZE, ids=ids)
            )
        report = self.root / f"report_{name}"
        stderr = io.StringIO()
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(stderr),
        ):
            try:
                status = evaluate.main(
                    [
                        "evaluate",
                        f"--generated={self.root / 'images'}",
                        f"--labels={labels}",
                        f"--dataset={name}",
                        f"--evaluation_dir={report}",
                        "--statistics_dir=off",
                        "--overwrite",
                        *arguments,
                    ]
                )
            except SystemExit as error:
                status = error.code
        return status, report / "report.json", stderr.getvalue()

    def test_facades_and_faces_are_known_without_any_flag(self):
        for name, ids in (
            ("facades", (0, 1, 12)),
            ("celebamask_hq", (0, 1, 18)),
        ):
            with self.subTest(name):
                status, report, err = self.score(
                    name, ids, f"--scorer={self.scorer(name)}"
                )
                self.assertEqual(status, 0, err)
                report = json.loads(report.read_text())
                self.assertEqual(report["targets"]["dataset"], name)
                scores = {s["name"]: s["value"] for s in report["scores"]}
                self.assertLess(scores["miou"], 0.5)

    def test_without_a_scorer_it_is_said_what_is_missing(self):
        status, _, err = self.score("facades", (0, 1, 12))
        self.assertEqual(status, 2)
        self.assertIn("give --real", err)
        self.assertIn("--scorer", err)

    def test_the_advice_about_an_id_has_an_effect(self):
        scorer = f"--scorer={self.scorer('ade20k')}"
        status, _, err = self.score("ade20k", (0, 150, 200), scorer)
        self.assertEqual(status, 2)
        self.assertIn("Label id 200 found in", err)
        self.assertIn("ADE20K hold 0 (unknown) to 150: give the files", err)
        self.assertNotIn("num_classes", err)
        self.assertNotIn("ignore_label", err)

    def test_the_shift_of_ade20k_counts_in_folders_too(self):
        status, _, err = self.score(
            "ade20k",
            (0, 150),
            f"--scorer={self.scorer('ade20k')}",
            "--ade_label_shift",
        )
        # The scorer was trained with unknown as class 0.
        self.assertEqual(status, 2)
        self.assertIn("knows the classes", err)
