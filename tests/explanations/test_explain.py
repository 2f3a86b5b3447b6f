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

from keras_semsynth.explanations import explain
from keras_semsynth.explanations import explanation as explanation_module
from keras_semsynth.explanations import trained_run
from keras_semsynth.explanations.trained_run import open_run
from keras_semsynth.files.checkpoint_store import CheckpointStore
from keras_semsynth.scorers import UNetSegmenter
from tests.explanations import explained_runs
from tests.explanations.page_checks import read_page
from tests.explanations.vis_test_case import VisTestCase


class ExplainTest(VisTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def explain(self, model, scorer=None, sections=None):
        """Explains a run, and checks that page, pictures and result agree."""
        run, _ = explained_runs.run(model)
        with contextlib.redirect_stdout(io.StringIO()):
            explanation = explain(
                run,
                self.root / "page",
                sections=sections,
                count=1,
                steps=2,
                smooth_samples=2,
                scorer=scorer,
            )
        text, images = read_page(explanation.page)
        for pictures in images.values():
            for picture in pictures:
                self.assertEqual(picture.shape[-1], 3)
        self.assertEqual(
            len(explanation.pictures), sum(map(len, images.values()))
        )
        self.assertEqual(
            set(explanation.pictures.values()), set(self.root.rglob("*.png"))
        )
        for path in explanation.pictures.values():
            Image.open(path).verify()
        for section in explanation.sections:
            self.assertIn(section.title, text)
        return explanation, text, images

    def test_a_run_with_a_patch_discriminator(self):
        explanation, text, images = self.explain("spade")
        self.assertEqual(
            [section.title for section in explanation.sections],
            [
                'Where the discriminator sees "fake"',
                "Which labels a pixel depends on",
            ],
        )
        told = " ".join(explanation.left_out)
        self.assertIn("What each class looks like is left out", told)
        self.assertIn("Guided backpropagation is left out", told)
        self.assertIn(f"step {explained_runs.STEP}", text)
        self.assertIn("SmoothGrad", images)
        self.assertIn("fake_0_grad_cam_1", explanation.pictures)
        self.assertIn("labels_0_pixel_2", explanation.pictures)

    @pytest.mark.slow
    def test_a_run_with_a_segmentation_discriminator_and_a_scorer(self):
        scorer = UNetSegmenter(10, filters=2, depth=1, dataset="landscapes")
        scorer.build()
        path = self.root / "scorer.keras"
        scorer.save(path)
        explanation, text, _ = self.explain("oasis", path)
        self.assertIn("The discriminator (OASISDiscriminator)", text)
        self.assertIn("The scorer (UNetSegmenter)", text)
        for name in ("class_discriminator_10", "class_scorer_9"):
            self.assertIn(name, explanation.pictures)

    @pytest.mark.slow
    def test_a_run_with_semantic_vectors(self):
        explanation, text, _ = self.explain("scgan")
        self.assertIn("How alike the semantic vectors", text)
        self.assertIn("Where the semantic vectors lie", text)
        self.assertIn("vectors_norm", explanation.pictures)
        self.assertIn("tsne_conv", explanation.pictures)

    def test_only_the_chosen_sections_are_computed(self):
        with (
            mock.patch.object(trained_run, "load_trained_gan") as opened,
            mock.patch.object(explanation_module, "pretrained_scorer") as read,
        ):
            explanation, text, _ = self.explain(
                "spade", "auto", sections=["labels"]
            )
        opened.assert_not_called()
        read.assert_not_called()
        self.assertEqual(
            [section.title for section in explanation.sections],
            ["Which labels a pixel depends on"],
        )
        self.assertEqual(explanation.left_out, ())
        self.assertNotIn("left out", text)

    def test_a_section_that_a_run_cannot_have_is_one_sentence(self):
        with self.assertRaisesRegex(
            ValueError, "`sections=tsne` cannot be shown: only SC-GAN has"
        ):
            self.explain("spade", sections=["labels", "tsne"])
        self.assertEqual(list(self.root.iterdir()), [])

    def test_the_discriminator_is_that_of_the_checkpoint(self):
        path, gan = explained_runs.run("oasis")
        run = open_run(path, 1)
        self.assertEqual(run.step, explained_runs.STEP)
        for mine, saved in zip(
            run.discriminator.weights, gan.discriminator.weights, strict=True
        ):
            np.testing.assert_array_equal(mine.numpy(), saved.numpy())

    def test_without_a_checkpoint_the_rest_is_shown(self):
        none = mock.patch.object(CheckpointStore, "newest", lambda self: None)
        with none:
            explanation, _, _ = self.explain("spade")
        self.assertIn(
            "the run has no whole checkpoint", explanation.left_out[0]
        )
        self.assertFalse(
            [name for name in explanation.pictures if name.startswith("fake")]
        )


class ExplainErrorsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def test_mistakes_name_the_argument(self):
        (self.root / "index.html").write_text("")
        with self.assertRaisesRegex(ValueError, "pass `overwrite`"):
            explain("x", self.root)
        with self.assertRaisesRegex(
            ValueError, "some of fake, classes, labels, vectors, tsne. Received"
        ):
            explain("x", self.root / "page", sections=["vectors", "tnse"])
        with self.assertRaisesRegex(ValueError, "`steps` must be at least 1"):
            explain("x", self.root / "page", steps=0)
        if keras.backend.backend() != "tensorflow":
            with self.assertRaisesRegex(ValueError, "KERAS_BACKEND=tensorflow"):
                explain("x", self.root / "page")

    def test_what_is_no_run_is_one_sentence(self):
        # Before anything is looked for that needs tf-keras-vis.
        with mock.patch(
            "keras_semsynth.explanations.explanation.require_visualizers"
        ):
            with self.assertRaisesRegex(ValueError, "There is no run at"):
                explain(self.root, self.root / "page")
