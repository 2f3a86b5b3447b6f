"""The pretrained features of a discriminator."""

import contextlib
import hashlib
import io
import os
import pathlib
import tempfile
import typing
import unittest
from unittest import mock

import numpy as np
import pytest
from keras import ops

from keras_semsynth.checkpoints import CONVERTERS
from keras_semsynth.checkpoints.public_files import CATALOGUE
from keras_semsynth.checkpoints.public_files import PublicFile
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_discriminator
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import choices
from keras_semsynth.experiments.features_network import FETCHED
from keras_semsynth.experiments.features_network import Features
from keras_semsynth.scorers import EfficientNetLite0Features
from keras_semsynth.scorers import SegmenterFeatures
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers import VGG19Features
from keras_semsynth.scorers.pretrained_scorer import PRETRAINED_SCORERS
from keras_semsynth.training.memory_checks import count_state
from tests.checkpoints.test_weights import write_state
from tests.experiments.small import small
from tests.file_server import serving
from tests.gans.terms import discriminator_terms
from tests.gans.terms import generator_terms
from tests.gans.terms import weights
from tests.vgg_case import torchvision_state

SPACE = LabelSpace(3, False, (64, 64))
SMALL = {"filters": 4, "mixed_filters": 4}


def projected(preset="spade", name="projected", **arguments):
    experiment = Experiment.from_preset(preset).replace(
        discriminator=(name, {**SMALL, "features": "landscapes", **arguments})
    )
    return small(experiment)


class FeaturesTest(unittest.TestCase):
    def test_a_file_is_an_argument_of_the_part(self):
        for name in ("projected", "projected_segmentation"):
            arguments = choices("discriminator")[name].arguments
            self.assertTrue(arguments["features"].is_path)
            self.assertNotIn("features_network", arguments)
        self.assertNotIn("features", choices("discriminator")["fpse"].arguments)

    def test_the_scorer_of_the_package_is_known_by_its_name(self):
        network = build_discriminator(projected(), SPACE)
        self.assertIsInstance(network.features_network, SegmenterFeatures)
        self.assertEqual(network.cell_sizes, (1, 2, 4, 8))
        self.assertEqual(network.weights_record["verified"], "unverified")
        self.assertEqual(len(network.weights_record["sha256"]), 64)
        # Read once, and shared.
        again = build_discriminator(projected(), SPACE)
        self.assertIs(network.features_network, again.features_network)

    def test_memory_counts_frozen_weights_once(self):
        experiment = projected(num_scales=2)
        network = build_discriminator(experiment, SPACE)
        network.build()
        trained = sum(int(np.prod(w.shape)) for w in network.trainable_weights)
        kept = sum(int(np.prod(w.shape)) for w in network.weights)
        self.assertGreater(
            network.weights_record["parameters"], kept - trained - 4000
        )
        self.assertEqual(
            count_state(experiment, SPACE, "discriminator"), kept + 2 * trained
        )

    def test_files_of_ones_own(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "scorer.keras")
            with self.assertRaisesRegex(PartError, "`features=.*not exist"):
                build_discriminator(projected(features=str(path)), SPACE)
            scorer = UNetSegmenter(3, filters=2, depth=2)
            scorer.build((None, None, None, 3))
            scorer.save(path)
            network = build_discriminator(
                projected(features=str(path), num_scales=2), SPACE
            )
            self.assertEqual(network.level_channels, (4, 8))
            self.assertEqual(
                network.weights_record["sha256"],
                hashlib.sha256(path.read_bytes()).hexdigest(),
            )
            with self.assertRaisesRegex(PartError, "at most 3") as caught:
                build_discriminator(projected(features=str(path)), SPACE)
            self.assertEqual(caught.exception.kind, "discriminator")

    def test_every_objective_has_what_it_reads(self):
        random = np.random.RandomState(0)
        batch = {
            "label_map": random.randint(0, 3, (1, 32, 32)).astype("int32"),
            "edge_map": None,
            "image": random.uniform(-1, 1, (1, 32, 32, 3)).astype("float32"),
        }
        space = LabelSpace(3, False, (32, 32))
        for preset, name, arguments in (
            ("spade", "projected", {}),
            ("ccfpse", "projected", {}),
            ("scgan", "projected", {}),
            ("oasis", "projected_segmentation", {}),
            ("dpgan", "projected_segmentation", {"patch_scores": True}),
        ):
            with self.subTest(preset):
                experiment = projected(
                    preset, name, num_scales=2, **arguments
                ).replace(generator="spade")
                if preset == "scgan":
                    experiment = experiment.replace(
                        objective={"semantic_vector_weight": 0.0}
                    )
                experiment = small(experiment.replace(encoder=None))
                gan = build_gan(experiment, space)
                if preset in ("ccfpse", "scgan"):
                    continue  # they read what SPADE's objective reads
                gan.build()
                terms, fake = generator_terms(gan, batch)
                self.assertEqual(set(terms), set(weights(gan, "generator")))
                terms = discriminator_terms(gan, batch, fake)
                self.assertEqual(set(terms), set(weights(gan, "discriminator")))
                for term, value in terms.items():
                    self.assertTrue(
                        np.isfinite(ops.convert_to_numpy(value)), term
                    )

    def test_public_networks_are_fetched_by_the_names_of_perceptual(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "served.pth")
            digest = write_state(path, torchvision_state())
            content = path.read_bytes()
            environment = mock.patch.dict(os.environ, KERAS_HOME=folder)
            with (
                environment,
                serving({"tiny.pth": content}) as (address, _),
                contextlib.redirect_stdout(io.StringIO()),
            ):
                os.environ.pop("SEMSYNTH_WEIGHTS", None)
                public = PublicFile(
                    ("tiny.pth",),
                    "somewhere",
                    "some terms",
                    {"tiny.pth": digest},
                    address + "tiny.pth",
                )
                with mock.patch.dict(CATALOGUE, vgg19={"weights": public}):
                    network = build_discriminator(
                        projected(features="imagenet"), SPACE
                    )
        self.assertIsInstance(network.features_network, VGG19Features)
        self.assertEqual(network.weights_record["sha256"], digest)

    def test_one_list_names_the_networks(self):
        literal = typing.get_args(typing.get_args(Features)[0])
        self.assertEqual(
            sorted(literal), sorted([*FETCHED, *PRETRAINED_SCORERS])
        )
        for kind, argument in (
            (choices("discriminator")["projected"], "features"),
            (choices("run")["run"], "perceptual"),
        ):
            for name in literal:
                self.assertFalse(kind.arguments[argument].names_path(name))

    def test_an_objective_that_reads_more_is_refused(self):
        experiment = projected("dpgan", "projected_segmentation")
        with self.assertRaisesRegex(PartError, "gives .'logits'"):
            build_gan(experiment, SPACE)

    @pytest.mark.skipif(
        "SEMSYNTH_WEIGHTS" not in os.environ,
        reason="needs the public weights of EfficientNet-Lite0",
    )
    def test_the_public_network(self):
        experiment = projected(features="efficientnet_lite0")
        network = build_discriminator(experiment, SPACE)
        self.assertIsInstance(
            network.features_network, EfficientNetLite0Features
        )
        self.assertEqual(network.cell_sizes, (4, 8, 16, 32))
        self.assertEqual(network.level_channels, (24, 40, 112, 320))
        self.assertEqual(network.weights_record["verified"], "sha256")
        self.assertIn("efficientnet_lite0", CONVERTERS)
