import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np
import pytest
from PIL import Image

from keras_semsynth.commands import explain
from keras_semsynth.commands.command_line import resolved_flags
from keras_semsynth.data.flags import dataset_from_flags
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.training.build import build_gan
from keras_semsynth.training.checkpoint_store import CheckpointStore
from keras_semsynth.training.start import MODULES
from keras_semsynth.training.start import describe_dataset
from keras_semsynth.training.trainer import save_network
from tests.explanations.page_checks import read_page
from tests.explanations.vis_test_case import VisTestCase
from tests.training import flag_values

TINY = (
    "--dataset=landscapes",
    "--image_size=32x32",
    "--max_dataset_size=4",
    "--perceptual_weights=off",
    "--generator_filters=2",
    "--discriminator_filters=2",
    "--modulation_filters=4",
    "--unet_depth=4",
)


def write_run(path, *arguments):
    """Writes a run as train.py does, with untrained networks."""
    values = flag_values.parse(*TINY, *arguments, f"--run_dir={path}")
    train = dataset_from_flags(values, "train")
    keras.utils.set_random_seed(4)
    gan = build_gan(values, train.num_classes, False, (32, 32))
    run = RunDirectory(path)
    run.open(resolved_flags(values, MODULES))
    run.release()
    CheckpointStore(run.checkpoints_path).save(7, {}, gan.save_weights)
    save_network(gan.inference_generator, run.generator_path)
    atomic.write_json(run.dataset_path, describe_dataset(train, (32, 32)))
    return gan


def command(*arguments):
    """Runs the command; returns its status, output and errors."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout):
        with contextlib.redirect_stderr(stderr):
            try:
                status = explain.main(["explain", *arguments])
            except SystemExit as error:
                status = error.code
    return status, stdout.getvalue(), stderr.getvalue()


class ExplainTest(VisTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)

        cls.gans = {}

    def run_of(self, model):
        if model not in self.gans:
            path = self.root / model
            self.gans[model] = write_run(path, f"--model={model}")
        return self.gans[model]

    def explain(self, model, *arguments):
        self.run_of(model)
        output = self.root / self.id()
        status, printed, errors = command(
            f"--run={self.root / model}",
            f"--output={output}",
            "--count=1",
            "--steps=2",
            "--smooth_samples=2",
            *arguments,
        )
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("index.html", printed)
        text, images = read_page(output / "index.html")
        for pictures in images.values():
            for picture in pictures:
                self.assertEqual(picture.shape[-1], 3)
        files = sorted(p.stem for p in output.glob("*.png"))
        self.assertEqual(len(files), sum(map(len, images.values())))
        for file in output.glob("*.png"):
            Image.open(file).verify()
        return text, images, files

    def test_a_run_with_a_patch_discriminator(self):
        text, images, files = self.explain("spade", "--scorer=none")
        for part in (
            'sees "fake"',
            "Which labels a pixel depends on",
            "What each class looks like is left out",
            "Guided backpropagation is left out",
            "step 7",
        ):
            self.assertIn(part, text)
        self.assertIn("fake_0_grad_cam_1", files)
        self.assertIn("SmoothGrad", images)
        self.assertIn("labels_0_pixel_2", files)

    def test_a_run_with_a_segmentation_discriminator_and_a_scorer(self):
        scorer = UNetSegmenter(10, filters=2, depth=1, dataset="landscapes")
        scorer.build()
        path = self.root / "scorer.keras"
        scorer.save(path)
        text, _, files = self.explain("oasis", f"--scorer={path}")
        self.assertIn("The discriminator (OASISDiscriminator)", text)
        self.assertIn("The scorer (UNetSegmenter)", text)
        for name in ("class_discriminator_10", "class_scorer_9"):
            self.assertIn(name, files)

    @pytest.mark.slow
    def test_a_run_with_semantic_vectors(self):
        text, _, files = self.explain("scgan", "--scorer=none")
        self.assertIn("How alike the semantic vectors", text)
        self.assertIn("vectors_norm", files)

    def test_the_discriminator_is_that_of_the_checkpoint(self):
        from keras_semsynth.explanations.trained_run import open_run

        gan = self.run_of("oasis")
        run = open_run(self.root / "oasis", 1)
        self.assertEqual(run.step, 7)
        for mine, saved in zip(
            run.discriminator.weights, gan.discriminator.weights, strict=True
        ):
            np.testing.assert_array_equal(mine.numpy(), saved.numpy())

    def test_without_a_checkpoint_the_rest_is_shown(self):
        self.run_of("spade")
        none = mock.patch.object(CheckpointStore, "newest", lambda self: None)
        with none:
            text, _, files = self.explain("spade", "--scorer=none")
        self.assertIn("the run has no whole checkpoint", text)
        self.assertFalse([name for name in files if name.startswith("fake")])


class ExplainErrorsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def failure(self, *arguments):
        status, _, errors = command(*arguments)
        self.assertEqual(status, 2)
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors

    def test_bad_input_is_one_sentence(self):
        output = f"--output={self.root / 'page'}"
        self.assertIn("--run must be set", self.failure(output))
        self.assertIn("--output must be set", self.failure("--run=x"))
        self.assertIn("mean --steps?", self.failure("--stpes=3"))
        (self.root / "index.html").write_text("")
        self.assertIn(
            "exists already", self.failure("--run=x", f"--output={self.root}")
        )
        if keras.backend.backend() != "tensorflow":
            self.assertIn(
                "KERAS_BACKEND=tensorflow", self.failure("--run=x", output)
            )

    def test_what_is_no_run_is_one_sentence(self):
        # Before anything is looked for that needs tf-keras-vis.
        with mock.patch(
            "keras_semsynth.explanations.explain_run.require_visualizers"
        ):
            message = self.failure(
                f"--run={self.root}", f"--output={self.root / 'page'}"
            )
        self.assertIn("There is no run at", message)
