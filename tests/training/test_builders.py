"""Parts of the family in new combinations."""

import unittest

import numpy as np

from keras_semsynth import gans
from keras_semsynth.training import build
from keras_semsynth.training.builders.registry import builders
from tests.training import flag_values

SMALL = (
    "--generator_filters=2",
    "--discriminator_filters=4",
    "--modulation_filters=2",
    "--pyramid_filters=2",
    "--patch_filters=2",
    "--start_filters=2",
    "--vector_filters=2",
    "--encoder_filters=1",
    "--style_dim=3",
    "--noise_dim=3",
    "--num_blocks=1",
    "--perceptual_weights=off",
)
CLASSES, SIZE = 3, (64, 64)


def build_gan(*arguments):
    values = flag_values.parse(*SMALL, *arguments)
    return build.build_gan(values, CLASSES, False, SIZE)


class MixingTest(unittest.TestCase):
    def test_a_model_is_a_generator_a_discriminator_and_an_objective(self):
        values = flag_values.parse("--model=ccfpse", "--objective=spade")
        self.assertEqual(
            build.choices(values),
            {
                "generator": "ccfpse",
                "discriminator": "fpse",
                "objective": "spade",
            },
        )
        for kind in ("generator", "discriminator", "objective"):
            self.assertGreaterEqual(len(builders(kind)), 6)

    def test_parts_of_different_papers_train_together(self):
        random = np.random.RandomState(0)
        label_map = random.randint(0, CLASSES, (1, *SIZE)).astype("int32")
        image = random.uniform(-1, 1, (1, *SIZE, 3)).astype("float32")
        for arguments, expected in (
            (("--discriminator=fpse",), gans.SPADE),
            (
                ("--generator=oasis", "--discriminator=multiscale_embedding"),
                gans.SPADE,
            ),
            (
                (
                    "--generator=ccfpse",
                    "--discriminator=dpgan",
                    "--objective=ccfpse",
                    "--use_style",
                ),
                gans.CCFPSE,
            ),
            (
                (
                    "--generator=scgan",
                    "--discriminator=oasis",
                    "--objective=oasis",
                    "--semantic_vector_weight=2",
                ),
                gans.OASIS,
            ),
            (("--model=dpgan", "--generator=pix2pixhd"), gans.DPGAN),
        ):
            with self.subTest(arguments):
                gan = build_gan(*arguments)
                self.assertIs(type(gan), expected)
                batch = {"label_map": label_map, "edge_map": None}
                terms, fake = gan.generator_terms({**batch, "image": image})
                self.assertEqual(set(terms), set(gan.generator_weights))
                terms = gan.discriminator_terms({**batch, "image": image}, fake)
                self.assertEqual(set(terms), set(gan.discriminator_weights))
                for name, term in terms.items():
                    self.assertTrue(np.isfinite(float(term)), name)

    def test_what_does_not_fit_is_said(self):
        for arguments, message in (
            (("--objective=oasis",), "OASIS reads .'logits'. of the discrim"),
            (("--discriminator=oasis",), "OASISDiscriminator gives .'logits'"),
            (("--model=pix2pixhd", "--use_style"), "with a style code"),
            (("--model=oasis", "--use_style"), "takes noise"),
            (("--semantic_vector_weight=1",), "SCGANGenerator"),
        ):
            with self.subTest(arguments):
                with self.assertRaisesRegex(ValueError, message):
                    build_gan(*arguments)
