import pathlib
import unittest

from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import CCFPSE
from keras_semsynth.generators import CCFPSEGenerator
from tests.gans.terms import weights

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tiny_generator(**kwargs):
    return CCFPSEGenerator(
        4, (32, 32), filters=2, hidden_filters=2, style_dim=3, **kwargs
    )


class CCFPSETest(unittest.TestCase):
    def test_weights_and_rates_are_those_of_the_paper(self):
        gan = CCFPSE(
            tiny_generator(),
            FPSEDiscriminator(4, filters=2),
            encoder=StyleEncoder(1, style_dim=3),
        )
        self.assertEqual(
            weights(gan, "generator"),
            {"adversarial": 1.0, "feature_matching": 20.0, "kl": 0.05},
        )
        self.assertEqual(
            weights(gan, "discriminator"), {"real": 1.0, "fake": 1.0}
        )
        self.assertEqual(gan.adversarial, "hinge")
        self.assertEqual(gan.perceptual_weight, 10.0)

    def test_a_discriminator_without_patch_scores_is_named(self):
        with self.assertRaisesRegex(ValueError, "OASISDiscriminator gives"):
            CCFPSE(tiny_generator(), OASISDiscriminator(4))
