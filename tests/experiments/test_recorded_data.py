import json
import pathlib
import tempfile
import types
import unittest
from unittest import mock

import numpy as np

from keras_semsynth.evaluation import opening
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments.recorded_data import data_changes
from keras_semsynth.experiments.recorded_data import describe_dataset
from keras_semsynth.experiments.recorded_data import require_recorded_data
from keras_semsynth.explanations import trained_run
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from tests.data.files import write_image
from tests.data.files import write_labels

SIZE = (32, 32)
OTHER_DATA = "opens other data than the run was trained on: the "


class RecordedDataTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        given = {
            "num_classes": 2,
            "ignore_label": 9,
            "class_names": ("sky", "sea"),
            "image_size": SIZE,
        }
        for split in ("", "val_"):
            for name in "abc":
                write_image(cls.root / f"{split}images/{name}.png", SIZE)
                values = np.full(SIZE, 9, "uint8")
                values[:9] = 1
                write_labels(cls.root / f"{split}labels/{name}.png", values)
            for kind in ("image", "label"):
                path = str(cls.root / f"{split}{kind}s")
                given[f"{split}{kind}_dir"] = path
        cls.experiment = Experiment().replace(data=("folder", given))
        cls.run_path = cls.root / "run"
        cls.run_path.mkdir()
        train = open_dataset(cls.experiment, "train")
        cls.described = describe_dataset(train, SIZE)
        run = RunDirectory(cls.run_path)
        atomic.write_json(run.dataset_path, cls.described)

    def setUp(self):
        self.experiment.save(self.run_path)

    def score(self):
        """What evaluation opens, without a generator."""
        source = types.SimpleNamespace(translates=False)
        with mock.patch.object(opening, "_generator", return_value=source):
            experiment = Experiment.load(self.run_path)
            opening.open_run(self.run_path, experiment)

    def explain(self):
        """What explanations open, without a generator."""
        with mock.patch.object(trained_run, "Synthesizer"):
            trained_run.open_run(self.run_path, 1, discriminator=False)

    def test_what_is_untouched_is_opened(self):
        self.score()
        self.explain()

    def test_no_line_can_go_and_leave_other_data(self):
        path = self.run_path / "experiment.json"
        whole = json.loads(path.read_text())
        names = list(whole["data"]["arguments"])
        self.assertGreater(len(names), 7)
        for name in names:
            described = json.loads(json.dumps(whole))
            del described["data"]["arguments"][name]
            for opened in (self.score, self.explain):
                with self.subTest(name, by=opened.__name__):
                    path.write_text(json.dumps(described))
                    with self.assertRaises(ValueError) as caught:
                        opened()
                    self.assertNotIn("\n", str(caught.exception))

    def test_what_is_otherwise_is_named(self):
        path = self.run_path / "experiment.json"
        whole = json.loads(path.read_text())
        for name, changed, words in (
            ("class_names", ["sea", "sky"], "class names of the data was"),
            ("class_names", None, "class names of the data was"),
            ("image_size", [64, 32], "image size of the data was"),
            ("image_size", None, "image size of the data was"),
        ):
            described = json.loads(json.dumps(whole))
            described["data"]["arguments"][name] = changed
            if changed is None:
                del described["data"]["arguments"][name]
            path.write_text(json.dumps(described))
            for opened in (self.score, self.explain):
                with self.subTest(name, by=opened.__name__):
                    with self.assertRaisesRegex(
                        ValueError, f"{OTHER_DATA}{words}.*restore it"
                    ):
                        opened()

    def test_another_dataset_is_named(self):
        other = Experiment().replace(
            data=("landscapes", {"image_size": SIZE, "count": 4})
        )
        other.save(self.run_path)
        for opened in (self.score, self.explain):
            with self.assertRaisesRegex(
                ValueError, f"{OTHER_DATA}name of the data was 'folder'"
            ):
                opened()

    def test_every_value_of_the_data_is_compared(self):
        rule = {**self.described["label_rule"], "ignore_label": 7}
        for name, value in (
            ("name", "landscapes"),
            ("paired", False),
            ("num_classes", 4),
            ("class_names", ["sky", "sea", "void"]),
            ("unknown_class", None),
            ("label_rule", rule),
            ("use_edge_map", True),
            ("image_size", [64, 64]),
        ):
            other = {**self.described, name: value}
            with self.subTest(name):
                (change,) = data_changes(other, self.described)
                self.assertEqual(change.name, name)

    def test_without_a_dataset_json_nothing_is_known(self):
        dataset = open_dataset(self.experiment, "val")
        require_recorded_data(self.root, self.experiment, dataset)
