"""Trackers get the numbers and pictures of a run, under one name.

Stand-ins of both libraries record what they are told; the libraries themselves
are tried where they are installed (extras `wandb` and `mlflow`).
"""

import contextlib
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import types
import unittest
from unittest import mock

import keras
import pytest

from keras_semsynth import experiments
from keras_semsynth import training
from keras_semsynth.training.trackers import TRACKERS
from keras_semsynth.training.trackers import check_trackers

TINY = experiments.Experiment().replace(
    data={"image_size": (32, 32), "count": 4},
    generator={"filters": 1, "hidden_filters": 2},
    discriminator={"filters": 2, "num_layers": 2},
    optimizers={"decay_epochs": 0},
    run={
        "perceptual": "off",
        "batch_size": 2,
        "epochs": 1,
        "sample_count": 2,
        "tensorboard": False,
        "log_steps": 1,
        "epoch_end_share": 1.0,
    },
)


class Recorder(keras.callbacks.Callback):
    """A callback that reads what those of both libraries read."""

    def __init__(self, *_):
        super().__init__()
        self.rows = []
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        optimizer = self.model.optimizer
        self.rows.append(
            (
                int(optimizer.iterations.numpy()),
                float(optimizer.learning_rate.numpy().item()),
                logs["generator/total"],
            )
        )

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append((epoch, logs["generator/total"]))


class Libraries:
    """Stand-ins for `wandb` and `mlflow`, in the place of both."""

    def __init__(self):
        self.begun = []
        self.ended = []
        self.images = []
        self.recorders = []
        wandb = types.ModuleType("wandb")
        wandb.init = self._init
        wandb.log = lambda values: self.images.append(("wandb", *values))
        wandb.Image = lambda image, caption: (image.shape, caption)
        wandb.finish = lambda exit_code: self.ended.append(exit_code)
        integration = types.ModuleType("wandb.integration.keras")
        integration.WandbMetricsLogger = self._recorder
        mlflow = types.ModuleType("mlflow")
        mlflow.start_run = self._start_run
        mlflow.log_image = lambda image, key, step: self.images.append(
            ("mlflow", key, step)
        )
        mlflow.end_run = self.ended.append
        flavour = types.ModuleType("mlflow.tensorflow")
        flavour.MlflowCallback = self._recorder
        self.modules = {
            "wandb": wandb,
            "wandb.integration": types.ModuleType("wandb.integration"),
            "wandb.integration.keras": integration,
            "mlflow": mlflow,
            "mlflow.tensorflow": flavour,
        }

    def _recorder(self, *arguments):
        self.recorders.append(Recorder(*arguments))
        return self.recorders[-1]

    def _init(self, **options):
        self.begun.append(("wandb", options["id"], options["name"]))
        return types.SimpleNamespace(id="w-1")

    def _start_run(self, run_id, run_name):
        self.begun.append(("mlflow", run_id, run_name))
        info = types.SimpleNamespace(run_id="m-1")
        return types.SimpleNamespace(info=info)


class TrackersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run = pathlib.Path(folder.name) / "mine"

    def experiment(self, **run):
        return TINY.replace(
            run={
                "run_dir": str(self.run),
                "tracker": ("wandb", "mlflow"),
                **run,
            }
        )

    def test_a_run_and_its_continuation_are_one(self):
        libraries = Libraries()
        with mock.patch.dict(sys.modules, libraries.modules):
            training.train(self.experiment())
            training.train(self.experiment(epochs=2))
        self.assertEqual(
            libraries.begun,
            [
                ("wandb", None, "mine"),
                ("mlflow", None, "mine"),
                ("wandb", "w-1", "mine"),
                ("mlflow", "m-1", None),
            ],
        )
        self.assertEqual(libraries.ended, [0, "FINISHED"] * 2)
        for first, second in (
            libraries.recorders[::2],
            libraries.recorders[1::2],
        ):
            steps = [row[0] for row in (*first.rows, *second.rows)]
            self.assertEqual(steps, [1, 2, 3, 4])
            for _, rate, _ in first.rows:
                self.assertAlmostEqual(rate, 1e-4, delta=1e-10)
            self.assertEqual([epoch for epoch, _ in first.ends], [0])
            self.assertEqual([epoch for epoch, _ in second.ends], [1])
        # One grid at the end of each epoch.
        self.assertEqual(
            [image for image in libraries.images if image[0] == "mlflow"],
            [("mlflow", "samples", 2), ("mlflow", "samples", 4)],
        )
        self.assertEqual(libraries.images.count(("wandb", "samples")), 2)

    def test_a_failure_is_told(self):
        libraries = Libraries()
        broken = mock.patch.object(
            training.Trainer, "_fit", side_effect=FloatingPointError("NaN.")
        )
        with (
            mock.patch.dict(sys.modules, libraries.modules),
            broken,
            self.assertRaises(training.TrainingError),
        ):
            training.train(self.experiment())
        self.assertEqual(libraries.ended, [1, "FAILED"])

    def test_a_tracker_that_refuses_is_one_sentence(self):
        libraries = Libraries()
        libraries.modules["wandb"].init = mock.Mock(
            side_effect=RuntimeError("no account.\nLog in!")
        )
        with (
            mock.patch.dict(sys.modules, libraries.modules),
            self.assertRaisesRegex(
                ValueError,
                r"`tracker=wandb` cannot begin \(no account. Log in!",
            ),
        ):
            training.train(self.experiment())

    def test_a_missing_library_is_named_before_anything_is_written(self):
        for name in TRACKERS:
            with (
                mock.patch.dict(sys.modules, {name: None}),
                self.assertRaisesRegex(
                    ValueError, rf"needs the package {name}: .*\[{name}\]"
                ),
            ):
                training.train(self.experiment(tracker=(name,)))
        self.assertFalse(self.run.exists())

    def test_another_tracker_is_refused(self):
        with self.assertRaisesRegex(ValueError, "among wandb, mlflow.*: comet"):
            check_trackers(("comet",))

    @unittest.skipUnless(
        importlib.util.find_spec("wandb"), "wandb is not installed"
    )
    def test_wandb_takes_it(self):
        settings = {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
        with mock.patch.dict(os.environ, settings):
            training.train(self.experiment(tracker=("wandb",)))
        (run,) = (self.run / "logs" / "wandb").glob("offline-run-*")
        name = json.loads((self.run / "logs" / "trackers.json").read_text())
        self.assertTrue((run / f"run-{name['wandb']}.wandb").stat().st_size)
        self.assertEqual(len(list(run.glob("files/media/images/*.png"))), 1)

    @unittest.skipUnless(
        importlib.util.find_spec("mlflow"), "mlflow is not installed"
    )
    @pytest.mark.filterwarnings("ignore")
    def test_mlflow_takes_it(self):
        import mlflow

        store = f"sqlite:///{self.run.parent}/mlflow.db"
        # It keeps pictures below the current folder.
        with (
            contextlib.chdir(self.run.parent),
            mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": store}),
        ):
            training.train(self.experiment(tracker=("mlflow",)))
            name = json.loads((self.run / "logs" / "trackers.json").read_text())
            client = mlflow.MlflowClient(store)
            history = client.get_metric_history(
                name["mlflow"], "generator/total"
            )
            self.assertEqual([metric.step for metric in history], [1, 2])
            images = client.list_artifacts(name["mlflow"], "images")
            self.assertTrue(images)
