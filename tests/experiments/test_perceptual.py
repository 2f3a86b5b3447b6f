"""The perceptual loss of an experiment."""

import contextlib
import hashlib
import io
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np

from keras_semsynth.checkpoints import load_features
from keras_semsynth.checkpoints.public_files import CATALOGUE
from keras_semsynth.checkpoints.public_files import PublicFile
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import perceptual
from keras_semsynth.experiments import perceptual_loss
from keras_semsynth.experiments.perceptual import check_perceptual
from keras_semsynth.experiments.perceptual import perceptual_file
from keras_semsynth.scorers import SegmenterFeatures
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers import VGG19Features
from tests.checkpoints.test_weights import write_state
from tests.experiments.small import small
from tests.file_server import dead_address
from tests.file_server import serving
from tests.vgg_case import torchvision_state
from tests.vgg_case import write_keras

SPACE = LabelSpace(3, False, (64, 64))


def with_weights(weights, preset="spade", **parts):
    run = {"perceptual": str(weights)}
    return Experiment.from_preset(preset).replace(run=run, **parts)


class ScorerTest(unittest.TestCase):
    def test_the_scorer_of_the_package_is_known_by_its_name(self):
        loss = perceptual_loss(with_weights("landscapes"))
        self.assertIsInstance(loss.features_network, SegmenterFeatures)
        self.assertIn("house", loss.features_network.segmenter.class_names)
        # The deepest features count most, as in VGG19.
        self.assertEqual(loss.layer_weights[-1], 1.0)
        image = np.zeros((1, 32, 32, 3), "float32")
        self.assertEqual(float(loss(image, image)), 0.0)

    def test_a_scorer_of_ones_own_is_read_from_its_file(self):
        with tempfile.TemporaryDirectory() as folder:
            scorer = UNetSegmenter(3, filters=2, depth=2)
            scorer.build((None, None, None, 3))
            path = pathlib.Path(folder) / "scorer.keras"
            scorer.save(path)
            loss = perceptual_loss(with_weights(path))
            self.assertEqual(len(loss.layer_weights), 3)
            other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            other.save(path)
            with self.assertRaisesRegex(
                PartError, "holds a Sequential.*train_scorer"
            ):
                perceptual_loss(with_weights(path))

    def test_the_content_of_a_file_tells_what_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            scorer = UNetSegmenter(3, filters=2, depth=2)
            scorer.build((None, None, None, 3))
            path = pathlib.Path(folder, "scorer.keras")
            scorer.save(path)
            loss = perceptual_loss(with_weights(path))
            self.assertIsInstance(loss.features_network, SegmenterFeatures)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            self.assertEqual(
                dict(loss.weights_record),
                {
                    "file": "scorer.keras",
                    "sha256": digest,
                    "verified": "unverified",
                },
            )
            path = path.rename(path.with_name("renamed.pth"))
            with self.assertRaisesRegex(PartError, "must end in .keras: give"):
                perceptual_loss(with_weights(path))
            path.write_bytes(b"GIF89a")
            with self.assertRaisesRegex(ValueError, "neither a zip archive"):
                perceptual_loss(with_weights(path))

    def test_weights_of_caffe_are_known_whatever_the_name(self):
        state = torchvision_state()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "mine.bin")
            write_keras(path, state)
            loss = perceptual_loss(with_weights(path))
            expected = load_features(path, caffe_input=True)
            np.testing.assert_array_equal(
                keras.ops.convert_to_numpy(
                    loss.features_network.convolutions[0].kernel
                ),
                keras.ops.convert_to_numpy(expected.convolutions[0].kernel),
            )

    def test_without_the_loss_nothing_is_read(self):
        self.assertIsNone(perceptual_loss(with_weights("off")))
        with self.assertRaisesRegex(PartError, "does not exist"):
            perceptual_loss(with_weights("landscape"))


class FetchedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        environment = mock.patch.dict(os.environ, KERAS_HOME=str(self.folder))
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop("SEMSYNTH_WEIGHTS", None)
        path = self.folder / "served.pth"
        self.sha256 = write_state(path, torchvision_state())
        self.content = path.read_bytes()

    def published(self, network, address):
        """The tiny weights in the place of a network's public file."""
        public = PublicFile(
            ("tiny.pth",),
            "somewhere",
            "some terms",
            {"tiny.pth": self.sha256},
            address + "tiny.pth",
        )
        return mock.patch.dict(CATALOGUE, {network: {"weights": public}})

    def test_a_network_is_fetched_by_its_name(self):
        cached = self.folder / "keras_semsynth" / "tiny.pth"
        for name, network in (
            ("imagenet", "vgg19"),
            ("vgg19", "vgg19"),
            ("vgg16", "vgg16"),
            ("efficientnet_lite0", "efficientnet_lite0"),
        ):
            with (
                self.subTest(name),
                serving({"tiny.pth": self.content}) as (address, asked),
                self.published(network, address),
                contextlib.redirect_stdout(io.StringIO()),
            ):
                check_perceptual(with_weights(name))
                self.assertEqual(asked, [])
                path = perceptual_file(with_weights(name))
                self.assertEqual(asked, ["tiny.pth"])
                self.assertEqual(path, cached)
                cached.unlink()

    def test_a_run_that_goes_on_needs_no_network(self):
        with (
            serving({"tiny.pth": self.content}) as (address, _),
            self.published("vgg19", address),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            perceptual_file(with_weights("imagenet"))
        with self.published("vgg19", address):
            loss = perceptual_loss(with_weights("imagenet"))
        self.assertEqual(
            loss.weights_record,
            {"file": "tiny.pth", "sha256": self.sha256, "verified": "sha256"},
        )

    def test_without_a_network_the_sentence_says_which_file_goes_where(self):
        with (
            self.published("vgg19", dead_address()),
            contextlib.redirect_stdout(io.StringIO()),
            self.assertRaisesRegex(
                PartError,
                "^`perceptual=imagenet`: tiny.pth could not be fetched.*http.*"
                f"put it at {self.folder}/keras_semsynth/tiny.pth, .* or give "
                "`perceptual=off` to train without",
            ),
        ):
            perceptual_loss(with_weights("imagenet"))

    def test_unset_is_an_error_that_says_three_ways_out(self):
        experiment = Experiment.from_preset("spade")
        for read in (check_perceptual, perceptual_loss):
            with self.assertRaisesRegex(
                PartError, "`perceptual=imagenet`.*vgg19.*`perceptual=off`"
            ):
                read(experiment)


class LayerWeightsTest(unittest.TestCase):
    def test_the_objective_says_how_its_layers_weigh(self):
        experiment = Experiment.from_preset("scgan_ade20k_256")
        network = VGG19Features(width_divisor=64)
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(
                perceptual, "open_features", lambda *_, **__: network
            ),
        ):
            path = pathlib.Path(folder, "vgg19.pth")
            path.touch()
            run = {"perceptual": str(path)}
            for weights in ((1.0,) * 5, (1.0, 1.0), ()):
                changed = experiment.replace(
                    run=run, objective={"layer_weights": weights}
                )
                if len(weights) == 5:
                    loss = perceptual_loss(changed)
                    self.assertEqual(loss.layer_weights, weights)
                    gan = build_gan(small(changed), SPACE, loss)
                    self.assertIs(gan.perceptual, loss)
                    continue
                with self.assertRaisesRegex(
                    PartError, "`layer_weights` must have 5 numbers"
                ) as caught:
                    perceptual_loss(changed)
                self.assertEqual(caught.exception.kind, "objective")
