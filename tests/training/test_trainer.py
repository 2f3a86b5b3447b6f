"""Runs a tiny GAN for real. One GAN serves all tests: building and tracing
it is what takes the time, and every start restores the whole state anyway."""

import contextlib
import csv
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np
import pytest

from keras_semsynth.experiments import Experiment
from keras_semsynth.files import atomic
from keras_semsynth.training import CheckpointStore
from keras_semsynth.training import RunDirectory
from tests import golden
from tests.training import tiny_run

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Raise(keras.callbacks.Callback):
    """Sends a signal to this process at the end of some step."""

    def __init__(self, number, step):
        super().__init__()
        self.number = number
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        self.step -= 1
        if self.step == 0:
            os.kill(os.getpid(), self.number)


class Killed(BaseException):
    """Stands for the end of a process."""


@contextlib.contextmanager
def killed_while_writing(name, time=1):
    """Ends a block when a file is to appear for the so-manieth time."""
    replace, times = os.replace, []

    def replace_or_die(source, target):
        if pathlib.Path(target).name == name:
            times.append(target)
            if len(times) == time:
                raise Killed
        replace(source, target)

    with mock.patch.object(os, "replace", replace_or_die):
        yield


class TrainerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.gan = tiny_run.make_gan()
        cls.fresh = cls.folder / "fresh.weights.h5"
        cls.gan.save_weights(cls.fresh)
        cls.reference = cls.start("reference", sample_steps=3, sample_epochs=1)
        cls.stopped = cls.reference.train()
        cls.state = tiny_run.state_of(cls.gan)

    @classmethod
    def start(cls, name, fresh=True, **options):
        if fresh:
            cls.gan.load_weights(cls.fresh)
        options = {
            "checkpoint_steps": 3,
            "sample_epochs": 9,
            "log_steps": 1,
            **options,
        }
        trainer = tiny_run.make_trainer(cls.folder / name, cls.gan, **options)
        # This process starts the run again, which is no second process.
        trainer.run_directory.release()
        return trainer

    def path(self, name):
        return self.folder / name

    def assert_state_is_that_of_the_uninterrupted_run(self):
        state = tiny_run.state_of(self.gan)
        self.assertEqual(sorted(state), sorted(self.state))
        for name, value in self.state.items():
            # The same numbers in the same order: bit-exact but for threads.
            np.testing.assert_allclose(
                state[name], value, rtol=1e-5, atol=1e-7, err_msg=name
            )

    def test_a_run_directory_holds_everything_of_the_run(self):
        run = self.reference.run_directory
        self.assertIsNone(self.stopped)
        for path in (
            run.experiment_path,
            run.csv_path,
            run.generator_path,
            run.encoder_path,
            run.dataset_path,
            run.report_path,
        ):
            self.assertTrue(path.is_file(), path)
        self.assertEqual(
            sorted(p.name for p in run.samples_path.iterdir()),
            [f"step-{s:09d}.png" for s in (3, 4, 6, 8)],
        )
        self.assertEqual(
            sorted(p.name for p in run.checkpoints_path.iterdir()),
            [f"step-{s:09d}" for s in (6, 8)],
        )
        report = json.loads(run.report_path.read_text())
        self.assertEqual(report["state"], "finished")
        self.assertEqual((report["steps"], report["images_seen"]), (8, 16))
        self.assertIn("generator/feature_matching", report["losses"])
        self.assertIn("keras", report["versions"])
        self.assertEqual(report["machine"]["backend"], keras.backend.backend())

    @golden.slow_on_jax
    def test_the_csv_log_names_every_term_and_the_learning_rates(self):
        with open(self.reference.run_directory.csv_path, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([int(r["step"]) for r in rows], list(range(1, 9)))
        for name in self.gan.term_names:
            self.assertTrue(np.isfinite(float(rows[-1][name])), name)
        # Constant in epoch 1 and 2 by the formula of the paper's code.
        self.assertAlmostEqual(
            float(rows[-1]["discriminator/learning_rate"]), 4e-3, places=6
        )

    @golden.slow_on("jax", "torch")  # trains in three processes
    def test_a_killed_run_resumes_and_equals_the_uninterrupted_one(self):
        # The reference draws samples in between and this run does not, so it
        # also shows that sampling leaves the random state alone.
        path = self.path("killed")
        result = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.training.tiny_run",
                str(path),
                "--kill_at=7",
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, -signal.SIGKILL, result.stderr)
        with self.subTest("and may be interrupted again"):
            trainer = self.start(
                "killed", fresh=False, callbacks=[Raise(signal.SIGTERM, 1)]
            )
            self.assertEqual(trainer.train(), signal.SIGTERM)
            # Step 6 was the last checkpoint before the kill at step 7.
            self.assertEqual(trainer.progress.step, 7)
            report = json.loads((path / "report.json").read_text())
            self.assertEqual(report["state"], "stopped")
        self.gan.load_weights(self.fresh)
        trainer = self.start("killed", fresh=False)
        self.assertIsNone(trainer.train())
        self.assert_state_is_that_of_the_uninterrupted_run()
        self.assertEqual(self.rows("killed"), self.rows("reference"))

    def rows(self, name):
        with open(self.path(name) / "logs" / "train.csv", newline="") as file:
            return [
                {
                    key: f"{float(value):.4g}"
                    for key, value in row.items()
                    if key not in ("seconds", "images_per_second")
                }
                for row in csv.DictReader(file)
            ]

    @golden.slow_on_jax
    def test_a_finished_run_can_be_extended(self):
        self.start("extended", epochs=1).train()
        self.gan.load_weights(self.fresh)
        trainer = self.start("extended", fresh=False, epochs=2)
        self.assertIsNone(trainer.train())
        self.assert_state_is_that_of_the_uninterrupted_run()

    @golden.slow_on_jax
    def test_a_loss_that_is_not_finite_leaves_the_last_checkpoint(self):
        trainer = self.start("nan", checkpoint_steps=2)
        stream = trainer.make_stream

        def broken(step):
            import tensorflow as tf

            bad = stream(step).map(lambda x, y: (x, y * np.float32("nan")))
            return (
                stream(step)
                .take(3)
                .concatenate(bad.skip(3))
                .apply(
                    tf.data.experimental.assert_cardinality(
                        tf.data.INFINITE_CARDINALITY
                    )
                )
            )

        trainer.make_stream = broken
        with self.assertRaisesRegex(FloatingPointError, "generator/"):
            trainer.train()
        self.assertEqual(trainer.checkpointing.store.steps(), [2])
        self.assertFalse(trainer.run_directory.report_path.exists())

    @pytest.mark.slow
    def test_a_run_killed_while_it_is_exported_is_healed_by_a_start(self):
        # It is written at the end of either epoch.
        with killed_while_writing("generator.keras", 2):
            with self.assertRaises(Killed):
                self.start("unexported", checkpoint_steps=0).train()
        run = self.start("unexported", fresh=False).run_directory
        self.assertEqual(self.saved_step(run), 8)
        self.assertFalse(run.report_path.exists())
        self.assertFalse(self.holds_average(run.generator_path))
        self.gan.load_weights(self.fresh)
        trainer = self.start("unexported", fresh=False)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertIsNone(trainer.train())
        self.assertIn(
            f"{run.generator_path} is not of the newest checkpoint and is "
            "written anew.",
            said.getvalue(),
        )
        self.assertTrue(self.holds_average(run.generator_path))
        self.assertEqual(
            self.end_of(run), self.end_of(self.reference.run_directory)
        )

    @golden.slow_on_jax
    def test_lost_and_damaged_files_of_a_finished_run_are_written_anew(self):
        path = self.path("lost")
        shutil.copytree(self.path("reference"), path)
        run = RunDirectory(path)
        untouched = run.report_path.read_bytes()
        content = run.generator_path.read_bytes()
        run.generator_path.write_bytes(content[: len(content) // 2])
        run.encoder_path.unlink()
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.start("lost", fresh=False).train()
        self.assertIn("generator.keras cannot be read and", said.getvalue())
        self.assertIn("encoder.keras is missing and", said.getvalue())
        self.assertTrue(self.holds_average(run.generator_path))
        keras.models.load_model(run.encoder_path, compile=False)
        self.assertEqual(run.report_path.read_bytes(), untouched)
        with self.subTest("and whole ones are left alone"):
            written = run.generator_path.stat().st_mtime_ns
            run.report_path.unlink()
            with contextlib.redirect_stdout(io.StringIO()) as said:
                self.start("lost", fresh=False).train()
            self.assertNotIn("anew", said.getvalue())
            self.assertEqual(run.generator_path.stat().st_mtime_ns, written)
            self.assertEqual(
                self.end_of(run), self.end_of(self.reference.run_directory)
            )

    def test_a_run_killed_before_it_was_described_begins(self):
        run = RunDirectory(self.path("undescribed"))
        run.open()
        with killed_while_writing("experiment.json"):
            with self.assertRaises(Killed):
                Experiment().save(run.path)
        run.release()
        self.start("undescribed")
        self.assertTrue(run.experiment_path.is_file())

    def holds_average(self, path):
        """Whether a file holds the average as it is in the GAN now."""
        saved = keras.models.load_model(path, compile=False)
        return all(
            np.array_equal(*map(keras.ops.convert_to_numpy, pair))
            for pair in zip(
                saved.weights, self.gan.ema_generator.weights, strict=True
            )
        )

    def saved_step(self, run):
        return CheckpointStore(run.checkpoints_path).steps()[-1]

    def end_of(self, run):
        """What a report says of the end of a run, except how fast it came."""
        report = json.loads(run.report_path.read_text())
        self.assertGreater(report["seconds"], 0)
        self.assertGreater(report["images_per_second"], 0)
        return {
            name: report[name]
            for name in ("state", "steps", "epochs", "images_seen", "losses")
        }

    @golden.slow_on_jax
    def test_a_full_disk_ends_training_in_one_sentence(self):
        trainer = self.start("full")
        error = OSError(28, "No space left on device")
        with mock.patch.object(
            type(self.gan), "save_weights", side_effect=error
        ):
            with self.assertRaisesRegex(atomic.DiskFullError, "is full"):
                trainer.train()
        self.assertEqual(trainer.checkpointing.store.steps(), [])
