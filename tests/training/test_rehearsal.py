"""What is said of a run before it starts."""

import math
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np
import pytest

from keras_semsynth import backend
from keras_semsynth import experiments
from keras_semsynth import training
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import EfficientNetLite0Features
from keras_semsynth.scorers import VGG16Features
from keras_semsynth.scorers import VGG19Features
from keras_semsynth.training.checks import check_experiment
from keras_semsynth.training.footprint import OUTPUT_FACTOR
from keras_semsynth.training.footprint import PROCESS_BYTES
from keras_semsynth.training.footprint import STATE_FACTOR
from keras_semsynth.training.footprint import measure_footprint
from keras_semsynth.training.train import build_networks
from tests.training.test_train import TINY

# The package has the function of this name.
_TRAIN = sys.modules["keras_semsynth.training.train"]


def footprint(experiment):
    checked = check_experiment(experiment)
    gan = build_networks(checked)
    return gan, measure_footprint(gan, checked.batch_spec())


class FootprintTest(unittest.TestCase):
    def test_it_counts_what_is_trained_and_what_a_checkpoint_holds(self):
        gan, found = footprint(TINY)
        counted = sum(
            int(np.prod(variable.shape))
            for variable in gan.generator.trainable_variables
        )
        self.assertEqual(found.parameters["generator"], counted)
        # Adam keeps two more numbers for every one that is trained.
        trained = sum(found.parameters.values())
        self.assertGreaterEqual(found.checkpoint_bytes, 3 * 4 * trained)
        self.assertLess(found.checkpoint_bytes, 4 * 4 * trained)
        self.assertIn("A checkpoint takes 1 MiB", str(found))
        self.check_refusal(found)

    def check_refusal(self, found):
        """Twice too much may be an error of the estimate, four times not."""
        for share in (2, 4):
            with mock.patch.object(
                backend,
                "total_memory",
                return_value=found.memory_bytes // share,
            ):
                if share == 2:
                    found.check()
                    continue
                with self.assertRaisesRegex(
                    experiments.PartError,
                    r"would need about 1.\d GiB of memory, but there are .* "
                    "MiB: raise `micro_batches`, or lower `batch_size`",
                ):
                    found.check()

    @pytest.mark.slow
    def test_memory_grows_with_the_pixels_of_a_batch(self):
        _, small = footprint(TINY)
        wide = TINY.replace(data={"image_size": (32, 64)})
        _, more = footprint(wide.replace(run={"batch_size": 4}))
        state = PROCESS_BYTES + STATE_FACTOR * small.checkpoint_bytes
        self.assertAlmostEqual(
            (more.memory_bytes - state) / (small.memory_bytes - state),
            4,
            delta=0.2,
        )

    @pytest.mark.slow
    def test_memory_counts_the_network_of_the_perceptual_loss(self):
        _, without = footprint(TINY)
        image = keras.KerasTensor((without.batch_size, 32, 32, 3))
        for network in (
            VGG19Features(64),
            VGG16Features(64),
            EfficientNetLite0Features(8),
        ):
            loss = PerceptualLoss(network)
            loss.build()
            loss.weights_record = {"file": "tiny", "verified": "unverified"}
            with mock.patch.object(
                _TRAIN, "perceptual_loss", return_value=loss
            ):
                _, found = footprint(TINY)
            features = network.compute_output_spec(image)
            least = 2 * 4 * sum(math.prod(f.shape) for f in features)
            self.assertGreater(
                found.memory_bytes - without.memory_bytes,
                OUTPUT_FACTOR * least,
                type(network).__name__,
            )


class RehearsalTest(unittest.TestCase):
    def test_it_takes_real_steps_and_writes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            run_dir = pathlib.Path(folder) / "run"
            # Its step is the fastest to compile.
            experiment = TINY.replace(
                data={"count": 6},
                generator=("pix2pixhd", {"filters": 1, "num_blocks": 1}),
                discriminator={"num_scales": 1},
                run={"run_dir": str(run_dir)},
            )
            found = training.rehearse(experiment)
            self.assertFalse(run_dir.exists())
        self.assertGreater(found.images_per_second, 0)
        self.assertGreater(found.peak_memory, 2**20)
        self.assertEqual(found.total_images, 6)
        self.assertIn("Pace after two steps:", str(found))

    def test_too_little_memory_is_said_and_no_step_is_tried(self):
        with mock.patch.object(backend, "free_memory", return_value=2**20):
            found = training.rehearse(TINY)
            self.assertIsNone(found.images_per_second)
            self.assertIn(
                "(1 MiB are free, which may not suffice: ", str(found)
            )
            self.assertIn("No step was tried", str(found))

    def test_it_fails_where_training_would(self):
        wrong = TINY.replace(data={"image_size": (40, 40)})
        with self.assertRaisesRegex(experiments.PartError, "multiples of 32"):
            training.rehearse(wrong)
