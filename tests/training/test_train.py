"""Training as a Python call."""

import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np
import pytest

from keras_semsynth import Synthesizer
from keras_semsynth import experiments
from keras_semsynth import training
from keras_semsynth.files.images import read_image
from keras_semsynth.gans import UnpairedSCGAN
from keras_semsynth.training.sample_grid import SampleGrid
from tests.data import files
from tests.experiments.small import small

TINY = experiments.Experiment().replace(
    data={"image_size": (32, 32), "count": 4},
    generator={"filters": 1, "hidden_filters": 2},
    discriminator={"filters": 2, "num_layers": 2},
    run={
        "perceptual": "off",
        "batch_size": 2,
        "epochs": 1,
        "sample_count": 2,
        "tensorboard": False,
    },
)


class TrainTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    @pytest.mark.slow
    def test_an_experiment_becomes_a_run(self):
        run_dir = str(self.root / "run")
        experiment = TINY.replace(run={"run_dir": run_dir})
        result = training.train(experiment)
        self.assertTrue(result.finished)
        self.assertEqual((result.epoch, result.epochs), (1, 1))
        self.assertIn("generator/total", result.losses)
        self.assertEqual(experiments.Experiment.load(run_dir), experiment)
        layout = np.zeros((32, 32), "int32")
        image = Synthesizer.from_preset(run_dir).synthesize(layout)
        self.assertEqual(image.shape, (1, 32, 32, 3))
        other = experiment.replace(run={"batch_size": 1})
        with self.assertRaisesRegex(
            ValueError, "`run.batch_size` was 2 and is now 1"
        ):
            training.train(other)

    def test_a_failure_is_one_sentence_and_frees_the_folder(self):
        run_dir = str(self.root / "run")
        experiment = TINY.replace(run={"run_dir": run_dir})
        with mock.patch.object(
            training.Trainer, "train", side_effect=OSError(28, "No space")
        ):
            with self.assertRaisesRegex(training.TrainingError, "is full"):
                training.train(experiment)
        trainer = training.prepare(experiment)
        trainer.checkpointing.saved_step = 7
        with (
            mock.patch.object(
                sys.modules[training.train.__module__],
                "prepare",
                return_value=trainer,
            ),
            mock.patch.object(
                trainer, "train", side_effect=RuntimeError("std::bad_alloc")
            ),
            self.assertRaisesRegex(
                training.TrainingError,
                r"A training step on 2 images needed .* \(about 1.. GiB were "
                "expected\\).*step 7 is intact.*lower `batch_size` or "
                "more `micro_batches` and `resume=changed`",
            ),
        ):
            training.train(experiment)

    def test_a_run_needs_a_folder(self):
        with self.assertRaisesRegex(ValueError, "`run_dir` must be set"):
            training.train(TINY)


class UnpairedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("trainA", "trainB", "testA", "testB"):
            for i in range(2):
                path = self.root / "data" / name / f"{i}.jpg"
                files.write_image(path, (40, 40), i)
        preset = experiments.Experiment.from_preset("scgan_summer2winter_256")
        self.experiment = small(preset).replace(
            data={
                "data_dir": str(self.root / "data"),
                "image_size": (32, 32),
                "load_size": 36,
            },
            optimizers={"decay_epochs": 0},
            run={
                "run_dir": str(self.root / "run"),
                "perceptual": "off",
                "batch_size": 2,
                "epochs": 1,
                "tensorboard": False,
            },
        )

    def test_the_preset_chooses_the_unpaired_objective(self):
        space = experiments.LabelSpace(3, False, (32, 32))
        gan = experiments.build_gan(self.experiment, space)
        self.assertIsInstance(gan, UnpairedSCGAN)
        self.assertEqual(gan.generator.start, "image")

    def test_paired_and_unpaired_do_not_mix(self):
        for wrong in ({"objective": "scgan"}, {"data": "landscapes"}):
            experiment = self.experiment.replace(**wrong)
            with self.assertRaisesRegex(ValueError, "is for the objectives"):
                training.train(experiment)

    def test_a_grid_shows_every_source_in_every_style(self):
        images = np.linspace(-1, 1, 5)[:, None, None, None]
        images = np.broadcast_to(images, (5, 64, 64, 3)).astype("float32")
        seen = []

        def generate(model, inputs):
            seen.append((inputs["source"], inputs["label_map"]))
            return inputs["source"]

        grid = SampleGrid(
            self.root,
            mock.Mock(step=3),
            {"label_map": images[::-1], "source": images},
            images[::-1],
            None,
            generate,
        )
        path = grid.draw()
        self.assertEqual(len(seen), 4)
        for row, (sources, references) in enumerate(seen):
            np.testing.assert_array_equal(sources, images[[row] * 4])
            np.testing.assert_array_equal(references, images[::-1][:4])
        self.assertEqual(read_image(path).shape[0], 5 * (128 + 4) + 12)

    @pytest.mark.slow
    def test_a_run_draws_its_grid(self):
        self.assertTrue(training.train(self.experiment).finished)
        grids = list((self.root / "run" / "samples").glob("*.png"))
        self.assertEqual(len(grids), 1)
