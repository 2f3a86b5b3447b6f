import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth import Synthesizer
from keras_semsynth.data import check_dataset
from keras_semsynth.data import describe
from keras_semsynth.data import validate
from keras_semsynth.data.datasets import DATASETS
from keras_semsynth.evaluation.opening import open_folders
from keras_semsynth.evaluation.opening import open_run
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.generators import Pix2PixHDGenerator
from tests.data.files import write_image
from tests.data.files import write_labels

SIZE = (4, 6)
KNOWN = [dataset for dataset in DATASETS.values() if dataset.classes]


class OpenFoldersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in "ab":
            write_image(self.root / "generated" / f"{name}.png", SIZE)

    def targets(self, data, value):
        """Opens label maps that hold one value."""
        for name in "ab":
            labels = self.root / "labels" / f"{name}.png"
            write_labels(labels, np.full(SIZE, value))
        _, targets = open_folders(
            self.root / "generated",
            {"real": None, "labels": self.root / "labels", "instances": None},
            data,
        )
        return targets

    def test_a_known_dataset_needs_nothing_but_its_name(self):
        self.assertGreater(len(KNOWN), 5)
        for dataset in KNOWN:
            with self.subTest(dataset.name):
                values = dataset.classes.file_values()
                number = next(i for i in (2, 1, 0) if values[i] is not None)
                targets = self.targets(Part(dataset.name), values[number])
                self.assertEqual(targets.classes, dataset.classes)
                label_map = targets.read(0).label_map
                np.testing.assert_array_equal(label_map, number)

    def test_advice_about_a_wrong_id_has_an_effect(self):
        for dataset in KNOWN:
            with self.subTest(dataset.name):
                targets = self.targets(Part(dataset.name), 200)
                with self.assertRaisesRegex(ValueError, "200") as caught:
                    targets.read(0)
                # Its classes are known: there is no such argument.
                self.assertNotIn("num_classes", str(caught.exception))
                self.assertNotIn("ignore_label", str(caught.exception))

    def test_shifted_ids_of_ade20k_are_read_as_its_dataset_does(self):
        data = Part("ade20k", {"ade_label_shift": True})
        label_map = self.targets(data, 3).read(0).label_map
        np.testing.assert_array_equal(label_map, 2)


class OpenRunTest(unittest.TestCase):
    def test_a_fault_of_a_file_is_said_as_by_training(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        for name in "abc":
            write_image(root / f"images/{name}.png", SIZE)
            write_labels(root / f"labels/{name}.png", np.full(SIZE, 1))
        wrong = write_labels(root / "labels/b.png", np.full(SIZE, 7))
        given = {"num_classes": 2}
        for kind in ("image", "label"):
            given[f"{kind}_dir"] = given[f"val_{kind}_dir"] = str(
                root / f"{kind}s"
            )
        run = root / "generator.keras"
        generator = Pix2PixHDGenerator(
            2, (32, 32), filters=2, num_downsamplings=1, num_blocks=1
        )
        generator.build()
        generator.save(run)
        experiment = Experiment().replace(data=("folder", given))
        said = []
        for call in (
            lambda: validate(describe("folder", **given)),
            lambda: open_run(run, experiment),
            lambda: Synthesizer.from_preset(run).layout(wrong),
        ):
            with self.assertRaises(ValueError) as caught:
                call()
            said.append(str(caught.exception))
        fault = f"Label id 7 found in {wrong}, but allowed are 0 to 1"
        for sentence in said:
            self.assertIn(fault, sentence)
        report = str(check_dataset("folder", given))
        self.assertIn(f"Label id 7 found in {wrong}", report)
        self.assertEqual(said[0], said[1])
        # Images that are not scored are not looked at.
        source, targets = open_run(run, experiment, max_images=1)
        self.assertEqual(len(targets), 1)
