import pathlib
import unittest

from keras_semsynth import presets
from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.data.flags import preprocessing_from_flags
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import CCFPSE
from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.training import build
from tests.training import flag_values

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
            gan.generator_weights,
            {"adversarial": 1.0, "feature_matching": 20.0, "kl": 0.05},
        )
        self.assertEqual(gan.discriminator_weights, {"real": 1.0, "fake": 1.0})
        self.assertEqual(gan.adversarial, "hinge")
        self.assertEqual(gan.perceptual_weight, 10.0)

    def test_a_discriminator_without_patch_scores_is_named(self):
        with self.assertRaisesRegex(ValueError, "OASISDiscriminator gives"):
            CCFPSE(tiny_generator(), OASISDiscriminator(4))


class CCFPSEFlagsTest(unittest.TestCase):
    def test_presets_and_flag_files_tell_the_same_networks(self):
        for name, preset in presets.PRESETS.items():
            if preset["model"] != "ccfpse":
                continue
            with self.subTest(name):
                values = flag_values.parse(
                    f"--flagfile={ROOT / preset['flagfile']}",
                    "--perceptual_weights=off",
                    root=ROOT,
                )
                size = preprocessing_from_flags(values, True).image_size
                layout = {"use_edge_map": False, **preset["layout"]}
                networks = {
                    "generator": build.build_generator(
                        values, image_size=size, **layout
                    ),
                    "discriminator": build.build_discriminator(
                        values, **layout
                    ),
                    "encoder": build.build_encoder(values),
                }
                for part, network in networks.items():
                    arguments = preset.get(part, {})
                    if part != "encoder":
                        arguments = {**layout, **arguments}
                    expected = preset["networks"][part](**arguments)
                    ours, theirs = (
                        {k: v for k, v in x.get_config().items() if k != "name"}
                        for x in (network, expected)
                    )
                    self.assertEqual(ours, theirs, part)

    def test_flags_of_other_generators_are_named(self):
        layout = {"num_classes": 4, "use_edge_map": False}
        for flag in ("--upsampling=most", "--normalization=instance"):
            values = flag_values.parse("--model=ccfpse", flag)
            with self.assertRaisesRegex(UsageError, f"{flag} is none of"):
                build.build_generator(values, image_size=(128, 128), **layout)
