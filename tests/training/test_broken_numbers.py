"""Runs whose numbers break, in each network, and how they go on."""

import contextlib
import csv
import io
import pathlib
import shutil
import tempfile
import unittest

import keras
import numpy as np
import pytest

from keras_semsynth.commands import train
from keras_semsynth.commands import train_scorer
from keras_semsynth.experiments import Experiment
from tests.commands.test_train import TINY
from tests.half_precision import trains_in
from tests.training import tiny_run
from tests.training.poison import poisoned


def a_weight(part):
    """Returns a function of a GAN that finds a variable of a part."""
    if part.startswith("the optimizer"):
        player = part.rpartition(" ")[2]
        return lambda gan: gan.optimizer.members()[player]._velocities[0]
    return lambda gan: getattr(gan, part).trainable_weights[0]


@pytest.mark.slow
class BrokenNetworksTest(unittest.TestCase):
    """One GAN, traced once, on every backend."""

    def test_a_run_goes_on_from_before_as_if_nothing_had_been(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        gan = tiny_run.make_gan()
        fresh = root / "fresh.weights.h5"
        gan.save_weights(fresh)

        def start(name):
            gan.load_weights(fresh)
            trainer = tiny_run.make_trainer(
                root / name,
                gan,
                checkpoint_steps=3,
                sample_epochs=9,
                log_steps=1,
            )
            # This process starts the run again, which is no second process.
            trainer.run_directory.release()
            return trainer

        start("reference").train()
        reference = tiny_run.state_of(gan)
        # Steps 3 and 6 are saved, and 4 and 8 are the ends of epochs.
        loss, update, end = (5, 6, 4), (6, 6, 4), (8, 8, 6)
        for part, (poisoned_at, stopped_at, newest) in (
            ("generator", loss),
            ("generator", update),
            ("discriminator", loss),
            ("discriminator", end),
            ("encoder", loss),
            ("encoder", update),
            ("the optimizer of the discriminator", end),
        ):
            with self.subTest(part=part, step=poisoned_at):
                trainer = start("run")
                with poisoned(a_weight(part), poisoned_at):
                    with self.assertRaisesRegex(
                        FloatingPointError,
                        rf"epoch 2, step {stopped_at - 4} of 4 "
                        rf"\(step {stopped_at} of the run\): ",
                    ) as caught:
                        trainer.train()
                said = str(caught.exception)
                self.assertIn(
                    "=nan" if stopped_at > poisoned_at else f" in {part}", said
                )
                run = trainer.run_directory
                _, saved = trainer.checkpointing.store.newest()
                self.assertEqual(saved["step"], newest)
                self.assertTrue(finite(run.generator_path))
                print(f"{part} | {poisoned_at} | {said} | {newest}")
                self.assertIsNone(start("run").train())
                state = tiny_run.state_of(gan)
                for name, value in reference.items():
                    # The same numbers in the same order, but for threads.
                    np.testing.assert_allclose(
                        state[name], value, rtol=1e-5, atol=1e-7
                    )
            shutil.rmtree(root / "run")


def finite(path):
    network = keras.models.load_model(path)
    return all(
        np.isfinite(keras.ops.convert_to_numpy(weight)).all()
        for weight in network.weights
    )


@pytest.mark.slow
class AdviceTest(unittest.TestCase):
    """What the error of a command advises is done on the same folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.addCleanup(
            keras.config.set_dtype_policy, keras.config.dtype_policy()
        )

    def start(self, name, *flags):
        """Returns the exit status, and what was printed."""
        printed = io.StringIO()
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                status = train.main(
                    [
                        "train.py",
                        f"--run_dir={self.root / name}",
                        *TINY,
                        "--count=4",
                        "--epochs=2",
                        *flags,
                    ]
                )
            except SystemExit as error:
                status = error.code
        return status, printed.getvalue()

    def test_each_piece_of_advice_ends_the_run_on_the_same_folder(self):
        if not trains_in("mixed_bfloat16"):
            self.skipTest("PyTorch cannot train in bfloat16 on this CPU")
        half = "--precision=mixed_bfloat16"
        with poisoned(a_weight("discriminator"), 3):
            status, printed = self.start("broken", half, "--checkpoint_steps=2")
        self.assertEqual(status, 1, printed)
        self.assertRegex(
            printed,
            r"Error: Training stopped in epoch 2, step 2 of 2 \(step 4 of the "
            r"run\): \S*nan.*\. Lower the learning rate, set --clip_norm or "
            "train in float32. The checkpoint of step 2 is intact: run it "
            "again with --learning_rate, --clip_norm or --precision=float32 "
            "changed and --resume=changed, and it goes on from there.\n$",
        )
        status, printed = self.start("broken", half, "--learning_rate=1e-4")
        self.assertEqual(status, 2, printed)
        for number, advice in enumerate(
            (
                (half, "--learning_rate=1e-4"),
                (half, "--clip_norm=1"),
                ("--precision=float32",),
            )
        ):
            with self.subTest(advice=advice):
                name = f"followed {number}"
                shutil.copytree(self.root / "broken", self.root / name)
                status, printed = self.start(
                    name, *advice, "--resume=changed", f"--batch_size={2}"
                )
                self.assertEqual(status, 0, printed)
                self.assertIn("Resuming at epoch 2/2, step 0/2.", printed)
                self.assertTrue(finite(self.root / name / "generator.keras"))

    def test_without_a_checkpoint_nothing_need_be_accepted(self):
        clipped = "--clip_norm=9"
        with poisoned(a_weight("generator"), 1):
            status, printed = self.start("run", clipped)
        self.assertEqual(status, 1, printed)
        self.assertIn(
            "Lower the learning rate or lower --clip_norm (it is 9). No "
            "checkpoint had been saved: run it again with --learning_rate or "
            "--clip_norm changed, and it begins anew.",
            printed,
        )
        run_dir = self.root / "run"
        self.assertFalse((run_dir / "generator.keras").exists())
        status, printed = self.start("run", "--clip_norm=1", "--epochs=1")
        self.assertEqual(status, 0, printed)
        self.assertIn("begins anew", printed)
        self.assertIn("optimizers.clip_norm was 9.0 and is now 1.0", printed)
        arguments = Experiment.load(run_dir).optimizers.arguments
        self.assertEqual(arguments["clip_norm"], 1.0)
        with open(run_dir / "logs" / "train.csv", newline="") as file:
            steps = [row["step"] for row in csv.DictReader(file)]
        self.assertEqual(steps, ["2"])

    def test_a_scorer_that_broke_is_not_written(self):
        output = self.root / "scorer.keras"
        output.write_text("of another day")
        printed = io.StringIO()
        with (
            poisoned(lambda model: model.trainable_weights[0], 2),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(printed),
            self.assertRaises(SystemExit) as caught,
        ):
            train_scorer.main(
                [
                    "train_scorer",
                    "--count=8",
                    "--image_size=16x16",
                    "--filters=2",
                    "--depth=1",
                    "--epochs=1",
                    "--batch_size=4",
                    "--overwrite",
                    f"--output={output}",
                ]
            )
        self.assertEqual(caught.exception.code, 1)
        self.assertIn("step 2 of 2", printed.getvalue())
        self.assertIn("lower --learning_rate than 0.002.", printed.getvalue())
        self.assertEqual(output.read_text(), "of another day")
        self.assertEqual(list(self.root.iterdir()), [output])
