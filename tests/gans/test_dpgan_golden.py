import unittest

import pytest

from keras_semsynth.gans import DPGAN
from keras_semsynth.losses import adversarial_loss
from keras_semsynth.losses import squared_feature_matching_loss
from tests import golden
from tests import golden_networks
from tests.gans.recording import Recording
from tests.gans.test_oasis_golden import check_two_steps


class RecordingDPGAN(Recording, DPGAN):
    pass


class DPGANTrainingGoldenTest(unittest.TestCase):
    """Two training steps against the official trainer and optimizers."""

    @golden.slow_on_jax
    def test_two_steps_with_trained_patch_heads(self):
        check_two_steps(
            self, "dpgan_train_step_patchgrad", "dpgan", RecordingDPGAN
        )

    @pytest.mark.slow
    def test_two_steps_of_the_official_code(self):
        check_two_steps(
            self,
            "dpgan_train_step",
            "dpgan",
            RecordingDPGAN,
            patch_gradient=False,
        )


class DPGANLossesGoldenTest(unittest.TestCase):
    LIMIT = 2e-5

    def test_patch_terms(self):
        file = golden_networks.NetworkFile("dpgan_losses")
        scores = [golden.to_last(file[f"in/score_{i}"]) for i in range(2)]
        for name, side in (
            ("patch_D_real", "real"),
            ("patch_D_fake", "fake"),
            ("patch_G", "generator"),
        ):

            def function(*scores, side=side):
                value = adversarial_loss(list(scores), "hinge", side)
                return value, value

            self.check(file, name, function, scores, name)

    def test_feature_matching(self):
        file = golden_networks.NetworkFile("dpgan_losses")
        fake, real = (
            [golden.to_last(file[f"in/feat_{kind}_{i}"]) for i in range(5)]
            for kind in ("fake", "real")
        )
        for reduction, keys in (("sum", "feature"), ("mean", None)):

            def function(*fake, reduction=reduction):
                value = squared_feature_matching_loss(
                    [list(fake)], [real], reduction
                )
                return value, value

            name = f"feature_matching_{reduction}"
            self.check(file, name, function, fake, keys)

    def check(self, file, name, function, inputs, keys):
        value, gradients, _ = golden.gradients(function, inputs)
        expected = file[f"out/{name}"].reshape(())
        self.assertLess(golden.error(value, expected), self.LIMIT, name)
        if keys is None:
            return
        for i, gradient in enumerate(gradients):
            key = f"out/{keys}_grad_{i}"
            error = golden.error(golden.to_first(gradient), file[key])
            self.assertLess(error, self.LIMIT, key)
