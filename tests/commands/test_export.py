import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import keras
import pytest

from keras_semsynth.commands import export
from keras_semsynth.data import LabelRule
from keras_semsynth.experiments import Experiment
from keras_semsynth.files import atomic
from tests import finished_run


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.run_path = pathlib.Path(folder.name) / "run"
        finished_run.write_run(cls.run_path)
        Experiment.from_preset("spade").save(cls.run_path)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = pathlib.Path(folder.name) / "served" / "spade"

    def run_command(self, *arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = export.main(
                        [
                            "export",
                            f"--run={self.run_path}",
                            f"--output={self.output}",
                            *arguments,
                        ]
                    )
                except SystemExit as error:
                    status = error.code
        self.printed, self.errors = stdout.getvalue(), stderr.getvalue()
        return status

    def failure(self, *arguments, status=2):
        self.assertEqual(self.run_command(*arguments), status)
        self.assertEqual(self.errors.count("\n"), 1, self.errors)
        return self.errors

    def on_tensorflow(self):
        if keras.backend.backend() != "tensorflow":
            self.skipTest("exporting runs on TensorFlow")

    @pytest.mark.slow
    def test_each_export_is_the_next_version(self):
        self.on_tensorflow()
        self.assertEqual(self.run_command(), 0, self.errors)
        self.assertEqual(self.printed, f"Wrote {self.output / '1'}\n")
        (self.output / "1" / "mark").touch()
        self.assertEqual(self.run_command("--max_pixels=4096"), 0)
        self.assertTrue((self.output / "1" / "mark").exists())
        self.assertEqual(
            sorted(path.name for path in self.output.iterdir()), ["1", "2"]
        )
        for name in ("saved_model.pb", "variables", "assets.extra"):
            self.assertTrue((self.output / "2" / name).exists(), name)
        dataset = self.output / "2" / "assets" / "dataset.json"
        dataset = json.loads(dataset.read_text())
        self.assertEqual(dataset["model"], "spade")
        self.assertEqual(dataset["preset"], "spade")
        self.assertEqual(dataset["max_pixels"], 4096)

    def test_label_files_that_count_otherwise_are_mentioned(self):
        self.on_tensorflow()
        rule = LabelRule(3, id_map={0: 3, 1: 0, 2: 1, 3: 2}, extra_class=True)
        dataset = json.loads((self.run_path / "dataset.json").read_text())
        dataset["label_rule"] = rule.to_json()
        text = json.dumps(dataset)
        path = self.run_path / "dataset.json"
        before = path.read_text()
        self.addCleanup(path.write_text, before)
        path.write_text(text)
        with mock.patch(
            "keras_semsynth.export.run_export.export_saved_model"
        ) as exporter:
            self.run_command()
            self.assertIn("number the classes otherwise", self.printed)
            self.assertEqual(exporter.call_args.args[3], False)
            self.run_command("--label_png=label_files")
            self.assertNotIn("Note", self.printed)
            self.assertEqual(exporter.call_args.args[3], True)

    def test_another_backend_is_replaced_and_said_so(self):
        with (
            mock.patch.object(keras.backend, "backend", return_value="jax"),
            mock.patch.object(subprocess, "run") as run,
        ):
            run.return_value.returncode = 3
            self.assertEqual(self.run_command("--format=onnx"), 3)
        (command,), options = run.call_args
        self.assertEqual(
            command[:3],
            [sys.executable, "-m", "keras_semsynth"],
        )
        self.assertIn("--format=onnx", command)
        self.assertEqual(options["env"]["KERAS_BACKEND"], "tensorflow")
        self.assertIn("jax was asked for, but exporting runs", self.printed)

    def test_a_full_disk_is_one_sentence(self):
        self.on_tensorflow()
        with mock.patch(
            "keras_semsynth.export.run_export.export_saved_model",
            side_effect=atomic.DiskFullError("The disk is full."),
        ):
            self.assertIn("is full", self.failure(status=1))

    def test_bad_input_is_one_sentence(self):
        self.assertIn("does not exist", self.failure("--run=absent"))
        self.assertIn("--output must be set", self.failure("--output="))
        message = self.failure("--format=onyx")
        self.assertIn("did you mean onnx?", message)
        if keras.backend.backend() == "tensorflow":
            empty = self.output.parent / "empty"
            empty.mkdir(parents=True)
            message = self.failure(f"--run={empty}")
            self.assertIn("There is no generator", message)
            self.output.write_text("a file")
            self.assertIn("is a file: give", self.failure())
            os.remove(self.output)
        self.assertFalse(self.output.exists())
