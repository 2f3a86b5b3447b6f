import unittest

from keras_semsynth import checkpoints
from keras_semsynth.gans import CCFPSE
from tests import golden
from tests.gans.official_steps import OfficialSteps
from tests.gans.recording import Recording


class RecordingCCFPSE(Recording, CCFPSE):
    pass


class CCFPSETrainingGoldenTest(OfficialSteps, unittest.TestCase):
    # The file's rates are as small as the rounding of float32. Limit for
    # networks; measured elsewhere at 8e-6.
    STATISTICS_LIMIT = 1e-4

    @golden.slow_on_jax
    def test_two_steps(self):
        file = golden.Golden("ccfpse_train_step")
        size = (file.options["crop_size"], file.options["crop_size"])
        with golden.undrawn_weights():
            networks = {
                "G": checkpoints.from_official(
                    "ccfpse_generator",
                    file.state("G"),
                    image_size=size,
                    use_edge_map=True,
                ),
                "D": checkpoints.from_official(
                    "ccfpse_discriminator", file.state("D"), use_edge_map=True
                ),
                "E": checkpoints.from_official(
                    "spade_encoder", file.state("E")
                ),
            }
        self.check_steps(file, networks)

    def make_gan(self, networks):
        return RecordingCCFPSE(
            networks["G"],
            networks["D"],
            encoder=networks["E"],
            kl_divisor=1,
        )

    def check_fake(self, actual, expected):
        # Suggested with the files: in training mode by relative L2.
        self.assertLess(golden.relative_l2(actual, expected), 1e-3)
