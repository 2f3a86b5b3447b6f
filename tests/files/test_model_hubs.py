"""Models on hubs, against a stand-in and against caches on the disk."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from keras_semsynth.files import model_hubs
from keras_semsynth.synthesis import shipped_models
from tests import new_process
from tests.hub_double import HubDouble

SHIPPED = shipped_models()["landscapes"]
PUBLISH = """
import keras_semsynth
synthesizer = keras_semsynth.Synthesizer.from_preset("landscapes")
print(synthesizer.upload("hf://user/meadows", licence="Apache-2.0"))
"""
LOAD = """
import keras_semsynth
synthesizer = keras_semsynth.Synthesizer.from_preset("{name}")
print(*synthesizer.class_names)
"""


def copy(folder):
    """Copies the files of the model that ships into a folder."""
    folder.mkdir(parents=True)
    for file in SHIPPED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())


class HuggingFaceTest(unittest.TestCase):
    def setUp(self):
        pytest.importorskip("huggingface_hub")
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.hub = self.enterContext(HubDouble(self.folder / "hub"))
        self.settings = {
            "HF_ENDPOINT": self.hub.address,
            "HF_HOME": str(self.folder / "home"),
            "HF_TOKEN": "hf_of_a_test",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }

    def python(self, *arguments, **settings):
        result = subprocess.run(
            [sys.executable, *arguments],
            env=new_process.environment(**self.settings, **settings),
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        return result.returncode, result.stdout, result.stderr

    def test_what_was_uploaded_is_found_by_its_name_also_offline(self):
        status, said, errors = self.python("-c", PUBLISH)
        self.assertEqual(status, 0, errors)
        self.assertEqual(said.strip(), f"{self.hub.address}/user/meadows")
        files = self.hub.files("user/meadows")
        self.assertEqual(
            set(files),
            {"README.md", "dataset.json", "encoder.keras", "generator.keras"},
        )
        card = files["README.md"].decode()
        self.assertIn("license: apache-2.0", card)
        self.assertIn("# Model card: hf://user/meadows", card)

        labels = np.zeros((64, 64), "uint8")
        (self.folder / "labels").mkdir()
        Image.fromarray(labels).save(self.folder / "labels" / "a.png")
        command = ("-m", "keras_semsynth", "generate", "--input=labels")
        name = "--run=hf://user/meadows"
        status, _, errors = self.python(*command, name, "--output=there")
        self.assertEqual(status, 0, errors)
        # The second time, from the cache.
        asked = len(self.hub.asked)
        status, _, errors = self.python(
            *command, name, "--output=offline", HF_HUB_OFFLINE="1"
        )
        self.assertEqual(status, 0, errors)
        self.assertEqual(len(self.hub.asked), asked)
        status, _, errors = self.python(
            *command, "--run=landscapes", "--output=here"
        )
        self.assertEqual(status, 0, errors)
        pictures = {
            (self.folder / output / "a.png").read_bytes()
            for output in ("there", "offline", "here")
        }
        self.assertEqual(len(pictures), 1)

    def test_a_model_that_there_is_not_is_one_sentence(self):
        status, _, errors = self.python(
            *("-m", "keras_semsynth", "export", "--run=hf://user/none"),
            "--output=served",
        )
        self.assertNotEqual(status, 0)
        self.assertIn("Error: ", errors)
        self.assertIn("hf://user/none` cannot be fetched", errors)
        self.assertNotIn("Traceback", errors)


class KaggleTest(unittest.TestCase):
    def test_a_model_is_found_in_its_cache(self):
        pytest.importorskip("kagglehub")
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder) / "models/user/meadows/keras/small"
            copy(place / "1")
            (place / "1.complete").touch()
            name = "kaggle://user/meadows/keras/small/1"
            result = subprocess.run(
                [sys.executable, "-c", LOAD.format(name=name)],
                env=new_process.environment(KAGGLEHUB_CACHE=folder),
                capture_output=True,
                text=True,
            )
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("sky cloud sun", result.stdout)


class NamesTest(unittest.TestCase):
    def test_a_name_of_another_form_is_refused(self):
        for name in ("hf://meadows", "hf://a/b/c", "kaggle://user/meadows"):
            with self.assertRaisesRegex(model_hubs.HubError, "must be"):
                model_hubs.download(name, [])

    def test_models_are_uploaded_to_one_hub(self):
        with self.assertRaisesRegex(model_hubs.HubError, "hf://user/name"):
            model_hubs.upload(SHIPPED, "kaggle://user/meadows/keras/small")

    def test_a_missing_library_is_named(self):
        for name, library in (
            ("hf://user/name", "huggingface_hub"),
            ("kaggle://user/meadows/keras/small", "kagglehub"),
        ):
            with (
                mock.patch.dict(sys.modules, {library: None}),
                self.assertRaisesRegex(ImportError, rf"{library}: .*\[hub\]"),
            ):
                model_hubs.download(name, [])
