"""Numbers out of range are said before weights are made or files written."""

import unittest

from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_gan
from keras_semsynth.gans import LinearDecay
from keras_semsynth.gans.adam_pair import AdamPair
from keras_semsynth.gans.corrected_adam import CorrectedAdam
from keras_semsynth.gans.moving_average import check_decay
from keras_semsynth.gans.two_player_model import check_step
from keras_semsynth.layers import BatchNormalization
from keras_semsynth.layers import InstanceNormalization
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.losses import FeatureMatching
from keras_semsynth.losses import Term
from keras_semsynth.training.checks import check_experiment
from tests.training.test_train import TINY

NAN, INFINITE = float("nan"), float("inf")


class RangesTest(unittest.TestCase):
    def refused(self, part, name, value):
        with self.assertRaisesRegex(ValueError, f"`{name}` must be") as caught:
            experiment = TINY.replace(**{part: {name: value}})
            if part == "objective":
                build_gan(experiment, LabelSpace(3, False, (32, 32)))
            else:
                check_experiment(experiment)
        self.assertNotIn("\n", str(caught.exception))

    def test_an_experiment_has_no_such_number(self):
        for part, name, values in (
            ("optimizers", "learning_rate", (0, -1e-4, NAN, INFINITE)),
            ("optimizers", "generator_learning_rate", (0, -1, NAN)),
            ("optimizers", "beta_1", (-0.1, 1, NAN)),
            ("optimizers", "beta_2", (-0.1, 1, NAN)),
            ("optimizers", "clip_norm", (0, -1, NAN, INFINITE)),
            ("optimizers", "decay_epochs", (-1,)),
            ("optimizers", "micro_batches", (0,)),
            ("run", "checkpoint_minutes", (-1, NAN, INFINITE)),
            ("run", "progress_seconds", (-1, NAN)),
            ("run", "epoch_end_share", (-0.1, 1.5, NAN)),
            ("objective", "ema_decay", (-0.1, 1, NAN)),
            ("objective", "feature_matching_weight", (-1, NAN)),
            ("objective", "kl_weight", (-1, INFINITE)),
            ("generator", "initializer_gain", (0, NAN)),
        ):
            for value in values:
                with self.subTest(argument=name, value=value):
                    self.refused(part, name, value)

    def test_a_described_run_has_none_either(self):
        described = TINY.to_json()
        described["optimizers"]["arguments"] = {"learning_rate": NAN}
        with self.assertRaisesRegex(ValueError, "`learning_rate` must be a fi"):
            Experiment.from_json(described)

    def test_objects_made_in_python_have_none(self):
        for make in (
            lambda x: AdamPair(x),
            lambda x: AdamPair(generator_learning_rate=x),
            lambda x: AdamPair(beta_1=x),
            lambda x: CorrectedAdam(x),
            lambda x: CorrectedAdam(beta_2=x),
            lambda x: CorrectedAdam(epsilon=x),
            lambda x: LinearDecay(x, 1),
            lambda x: LinearDecay(1e-3, 1, highest=x),
            lambda x: check_decay(x),
            lambda x: check_step(x),
            lambda x: Term(x, "own"),
            lambda x: FeatureMatching(x),
            lambda x: BatchNormalization(momentum=x),
            lambda x: BatchNormalization(epsilon=x),
            lambda x: InstanceNormalization(x),
            lambda x: kernel_initializer("normal", x),
        ):
            for value in (NAN, INFINITE, -1.0):
                with self.assertRaisesRegex(ValueError, "` must be .*Received"):
                    make(value)
