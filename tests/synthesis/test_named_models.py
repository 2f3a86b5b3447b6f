"""Names of models, and the folders that they stand for."""

import os
import pathlib
import tempfile
import unittest

from keras_semsynth.synthesis import find_model
from keras_semsynth.synthesis import shipped_models


class FindModelTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        self.folder = pathlib.Path(folder.name)

    def test_a_model_of_the_package_is_found_by_its_name(self):
        for name, folder in shipped_models().items():
            self.assertEqual(find_model(name), folder)
            self.assertTrue((folder / "generator.keras").is_file())
        self.assertIn("landscapes", shipped_models())

    def test_any_other_name_is_a_path(self):
        for path in ("runs/mine", "./landscapes", self.folder / "landscapes"):
            self.assertEqual(find_model(path), pathlib.Path(path))
        (self.folder / "mine").mkdir()
        self.assertEqual(find_model("mine"), pathlib.Path("mine"))

    def test_a_name_that_could_mean_two_models_is_refused(self):
        folder = self.folder / "landscapes"
        folder.mkdir()
        # An output folder, say.
        self.assertEqual(
            find_model("landscapes"), shipped_models()["landscapes"]
        )
        (folder / "generator.keras").touch()
        with self.assertRaisesRegex(ValueError, r"write \./landscapes for the"):
            find_model("landscapes")

    def test_a_preset_without_weights_is_not_a_model(self):
        for name in ("spade_ade20k_256", "ccfpse_table2_3", "oasis"):
            with self.assertRaisesRegex(
                ValueError, f"without weights: .*train --preset={name}"
            ):
                find_model(name)
        # A run that somebody has called so.
        (self.folder / "oasis").mkdir()
        self.assertEqual(find_model("oasis"), pathlib.Path("oasis"))

    def test_a_wrong_name_gets_the_near_one(self):
        with self.assertRaisesRegex(ValueError, "did you mean landscapes"):
            find_model("landscape")
