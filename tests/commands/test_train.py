import contextlib
import io
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import h5py
import keras
import numpy as np
import pytest
from PIL import Image

from keras_semsynth.commands import train
from keras_semsynth.experiments import Experiment
from keras_semsynth.files.checkpoint_store import CheckpointStore
from tests.data.files import write_image
from tests.data.files import write_labels
from tests.data.files import write_pairs

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = (
    "--perceptual=off",
    "--image_size=32x32",
    "--generator.filters=1",
    "--generator.hidden_filters=2",
    "--discriminator.filters=2",
    "--discriminator.num_layers=2",
    "--batch_size=2",
    "--sample_count=2",
    "--epochs=1",
)
LANDSCAPES = ("--count=8",)
# Of any networks.
PLAIN = tuple(x for x in TINY if "." not in x.partition("=")[0])


class BadInputTest(unittest.TestCase):
    """Every mistake is one sentence, before training and before a folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.run_dir = self.root / "run"

    def failure(self, *arguments, tiny=TINY, status=2):
        if not any(x.startswith("--dataset=") for x in (*tiny, *arguments)):
            arguments = (*LANDSCAPES, *arguments)
        stderr, stdout = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(stderr):
            with contextlib.redirect_stdout(stdout):
                with self.assertRaises(SystemExit) as caught:
                    train.main(
                        [
                            str(ROOT / "train.py"),
                            f"--run_dir={self.run_dir}",
                            *tiny,
                            *arguments,
                        ]
                    )
        message = stderr.getvalue()
        self.assertEqual(caught.exception.code, status, message)
        self.assertTrue(message.startswith("Error: "), message)
        self.assertEqual(message.count("\n"), 1, message)
        if not (self.run_dir / "experiment.json").exists():
            self.assertFalse(self.run_dir.exists(), "left a folder behind")
        return message

    def folder(self, ids=(0, 1, 2), size=(48, 48), count=4):
        names = [f"{index:03d}" for index in range(count)]
        pairs = write_pairs(str(self.root), names, ids, size)
        return (
            "--dataset=folder",
            f"--image_dir={pairs['image_dir']}",
            f"--label_dir={pairs['label_dir']}",
            "--num_classes=3",
        )

    def test_unknown_flags_and_choices(self):
        self.assertIn("mean --epochs?", self.failure("--epoch=3"))
        self.assertIn("mean spade?", self.failure("--preset=spad"))
        self.assertIn("mean landscapes?", self.failure("--dataset=landscape"))

    def test_a_missing_run_dir(self):
        self.assertIn("--run_dir is empty", self.failure("--run_dir="))

    def test_missing_and_empty_folders(self):
        message = self.failure(
            "--dataset=folder",
            f"--image_dir={self.root}/absent",
            f"--label_dir={self.root}",
            "--num_classes=3",
        )
        self.assertIn("absent", message)
        for name in ("images", "labels"):
            (self.root / name).mkdir()
        message = self.failure(
            "--dataset=folder",
            f"--image_dir={self.root}/images",
            f"--label_dir={self.root}/labels",
            "--num_classes=3",
        )
        self.assertRegex(message, "empty|no image|holds no")

    def test_an_id_out_of_range(self):
        message = self.failure(*self.folder(ids=(0, 1, 7)))
        self.assertIn("7", message)
        self.assertIn("--num_classes", message)

    def test_image_and_label_of_different_sizes(self):
        arguments = self.folder()
        write_image(self.root / "images/002.jpg", (40, 48))
        message = self.failure(*arguments)
        self.assertIn("002", message)
        self.assertIn("48x40", message)

    def test_a_crop_larger_than_the_load_size(self):
        message = self.failure(
            *self.folder(),
            "--preprocess_mode=resize_and_crop",
            "--image_size=64x64",
            "--load_size=48",
        )
        self.assertIn("--load_size", message)

    def test_a_size_that_the_generator_cannot_make(self):
        message = self.failure("--image_size=40x64")
        self.assertIn("multiples of 32, e.g. 32x64", message)
        message = self.failure(
            "--image_size=32x32", "--generator.upsampling=more"
        )
        self.assertIn("multiples of 64, e.g. 64x64", message)
        message = self.failure(
            "--image_size=24x64", "--preset=pix2pixhd", tiny=PLAIN
        )
        self.assertIn("multiples of 16", message)

    def test_weights_of_the_perceptual_loss_that_are_not_there(self):
        message = self.failure(tiny=TINY[1:])
        self.assertIn("--perceptual must be set", message)
        message = self.failure("--perceptual=absent.pth")
        self.assertIn("absent.pth does not exist", message)
        self.assertIn("vgg19-dcbb9e9d.pth", message)
        self.assertIn("--perceptual=off", message)

    def test_weights_of_the_perceptual_loss_that_are_something_else(self):
        path = self.root / "weights.pth"
        path.write_bytes(b"no weights")
        message = self.failure(f"--perceptual={path}")
        self.assertIn("weights.pth", message)

    def test_fewer_images_than_a_batch(self):
        message = self.failure("--batch_size=9")
        self.assertIn("8", message)
        self.assertIn("--batch_size", message)

    def test_a_batch_of_images_of_different_sizes(self):
        message = self.failure(
            *self.folder(), "--preprocess_mode=none", "--batch_size=2"
        )
        self.assertIn("--preprocess_mode=none gives images of diff", message)
        self.assertIn("set --batch_size=1", message)

    def test_contradicting_flags(self):
        message = self.failure("--decay_epochs=2")
        self.assertIn("--decay_epochs=2 must not exceed --epochs=1", message)
        message = self.failure(
            "--preset=pix2pixhd", "--encoder=style", tiny=PLAIN
        )
        self.assertIn("needs a generator with a style code", message)
        message = self.failure("--strategy=one", "--logical_devices=2")
        self.assertIn("--strategy=mirrored", message)

    def test_numbers_that_are_none(self):
        for flag in (
            "--checkpoint_minutes=nan",
            "--learning_rate=inf",
            "--beta_1=1",
            "--objective.kl_weight=-1",
        ):
            name = flag.partition("=")[0]
            self.assertIn(f"Error: {name} must be ", self.failure(flag))

    def test_splits_of_different_classes(self):
        arguments = self.folder()
        write_image(self.root / "val_images/a.jpg", (48, 48))
        write_labels(self.root / "val_labels/a.png", np.full((48, 48), 9), "L")
        message = self.failure(
            *arguments,
            f"--val_image_dir={self.root}/val_images",
            f"--val_label_dir={self.root}/val_labels",
        )
        self.assertIn("9", message)

    def test_a_run_directory_of_another_configuration(self):
        self.run_dir.mkdir()
        Experiment.from_preset("pix2pixhd").save(self.run_dir)
        CheckpointStore(self.run_dir / "checkpoints").save(
            1, {}, lambda path: h5py.File(path, "w").close()
        )
        message = self.failure()
        self.assertIn("--generator was 'pix2pixhd' and is now 'spade'", message)

    def test_a_full_disk(self):
        with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=1000)):
            message = self.failure(status=1)
        self.assertIn("free some space", message)

    @unittest.skipIf(keras.backend.backend() == "tensorflow", "it can there")
    def test_mirrored_needs_tensorflow(self):
        message = self.failure("--strategy=mirrored")
        self.assertIn("KERAS_BACKEND=tensorflow", message)


class TrainTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def start(self, *arguments, tiny=TINY, **options):
        return subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "train.py"),
                f"--run_dir={self.root}/run",
                *tiny,
                *LANDSCAPES,
                *arguments,
            ],
            # From anywhere: flag files are found from the repository's root.
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    @pytest.mark.slow
    def test_ctrl_c_saves_and_the_same_command_ends_the_run(self):
        arguments = (
            f"--flagfile={ROOT}/configs/quickstart.cfg",
            f"--run_dir={self.root}/run",
            *TINY,
            "--decay_epochs=0",
            "--progress_seconds=0",
        )
        process = self.start(*arguments, "--epochs=100000")
        for line in process.stdout:
            if line.startswith("Epoch"):
                break
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 130, output + errors)
        self.assertIn("to resume, run", output)
        self.assertNotIn("Traceback", errors)
        state = self.newest_state()
        process = self.start(
            *arguments, f"--epochs={state['epoch'] + 1}", "--resume=must"
        )
        output, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, output + errors)
        self.assertIn("Resuming at epoch", output)
        report = json.loads((self.root / "run/report.json").read_text())
        self.assertEqual(report["state"], "finished")
        run = report["experiment"]["run"]["arguments"]
        self.assertEqual(run["batch_size"], 2)

    def newest_state(self):
        newest = max((self.root / "run/checkpoints").iterdir())
        return json.loads((newest / "state.json").read_text())

    @pytest.mark.slow
    @unittest.skipUnless(
        keras.backend.backend() == "tensorflow", "needs TensorFlow"
    )
    def test_two_replicas_train_and_write_a_grid(self):
        process = self.start("--batch_size=2", "--logical_devices=2")
        output, errors = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 0, output + errors)
        self.assertIn("2 replicas, 1 image a step each, on 2 CPUs.", output)
        report = json.loads((self.root / "run/report.json").read_text())
        self.assertEqual(report["replicas"], 2)
        self.assertEqual(report["images_per_replica"], 1)
        grid = next((self.root / "run/samples").iterdir())
        self.assertGreater(np.asarray(Image.open(grid)).std(), 1)

    @pytest.mark.slow
    def test_every_model_and_option_trains_a_step(self):
        for options in (
            ("--encoder=style", "--encoder.style_dim=3", "--encoder.filters=2"),
            (
                "--generator=pix2pixhd",
                "--generator.filters=1",
                "--generator.num_blocks=1",
                "--discriminator.filters=2",
                "--objective=pix2pixhd",
                "--objective.discriminator_steps=2",
                "--objective.reuse_fake",
            ),
            (
                "--micro_batches=2",
                "--clip_norm=1",
                "--objective.ema_decay=0.9",
                "--precision=mixed_bfloat16",
                "--nottur",
                "--decay_epochs=1",
                "--generator_learning_rate=1e-4",
            ),
        ):
            with self.subTest(options):
                self.root = self.root / "next"
                self.root.mkdir()
                other = "--generator=pix2pixhd" in options
                process = self.start(*options, tiny=PLAIN if other else TINY)
                output, errors = process.communicate(timeout=600)
                self.assertEqual(process.returncode, 0, output + errors)
                self.assertTrue((self.root / "run/generator.keras").exists())


class HelpTest(unittest.TestCase):
    def test_help_lists_flags_of_data_and_training(self):
        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with self.assertRaises(SystemExit) as caught:
                train.main(["train.py", "--dataset=folder", "--help"])
        self.assertEqual(caught.exception.code, 0)
        for word in ("--image_dir", "ema_decay", "--flagfile", "resumes"):
            self.assertIn(word, stdout.getvalue())
