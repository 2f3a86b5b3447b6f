"""Parts of the family in new combinations."""

import unittest

import numpy as np

from keras_semsynth import gans
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import build_generator
from keras_semsynth.experiments import choices
from tests.experiments.small import small
from tests.gans.terms import discriminator_terms
from tests.gans.terms import generator_terms
from tests.gans.terms import weights

SPACE = LabelSpace(3, False, (64, 64))


class MixingTest(unittest.TestCase):
    def test_every_room_gives_its_choices(self):
        for kind in ("generator", "discriminator", "objective"):
            self.assertGreaterEqual(len(choices(kind)), 6)

    def test_parts_of_different_papers_train_together(self):
        random = np.random.RandomState(0)
        label_map = random.randint(0, 3, (1, 64, 64)).astype("int32")
        image = random.uniform(-1, 1, (1, 64, 64, 3)).astype("float32")
        for preset, changes, expected in (
            ("spade", {"discriminator": "fpse"}, gans.SPADE),
            (
                "spade",
                {
                    "generator": "oasis",
                    "discriminator": "semantics_embedding_patch",
                },
                gans.SPADE,
            ),
            ("ccfpse", {"discriminator": "dpgan"}, gans.CCFPSE),
            (
                "scgan",
                {
                    "discriminator": "oasis",
                    "objective": ("oasis", {"semantic_vector_weight": 2.0}),
                },
                gans.OASIS,
            ),
            ("dpgan", {"generator": "pix2pixhd"}, gans.DPGAN),
        ):
            with self.subTest(preset=preset, **changes):
                experiment = Experiment.from_preset(preset).replace(**changes)
                gan = build_gan(small(experiment), SPACE)
                gan.build()
                self.assertIs(type(gan), expected)
                batch = {
                    "label_map": label_map,
                    "edge_map": None,
                    "image": image,
                }
                terms, fake = generator_terms(gan, batch)
                self.assertEqual(set(terms), set(weights(gan, "generator")))
                terms = discriminator_terms(gan, batch, fake)
                self.assertEqual(set(terms), set(weights(gan, "discriminator")))
                for name, term in terms.items():
                    self.assertTrue(np.isfinite(float(term)), name)

    def test_what_does_not_fit_is_said(self):
        for preset, changes, kind, message in (
            ("spade", {"objective": "oasis"}, "objective", "reads .*`logits`"),
            (
                "spade",
                {"discriminator": "oasis"},
                "objective",
                "OASISDiscriminator gives .'logits'",
            ),
            ("pix2pixhd", {"encoder": "style"}, "objective", "a style code"),
            ("oasis", {"encoder": "style"}, "objective", "takes noise"),
            (
                "spade",
                {"objective": "scgan"},
                "objective",
                "SCGANGenerator",
            ),
            (
                "ccfpse",
                {"generator": {"upsampling": "most"}},
                "generator",
                "`upsampling` must be one of",
            ),
        ):
            with self.subTest(preset=preset, **changes):
                experiment = Experiment.from_preset(preset).replace(**changes)
                with self.assertRaisesRegex(PartError, message) as caught:
                    build_gan(small(experiment), SPACE)
                self.assertEqual(caught.exception.kind, kind)

    def test_a_code_of_another_length_than_the_encoder_gives_is_refused(self):
        experiment = Experiment.from_preset("spade").replace(
            encoder=("style", {"style_dim": 4}), generator={"style_dim": 3}
        )
        with self.assertRaisesRegex(PartError, "style_dim"):
            build_gan(experiment, LabelSpace(3, False, (64, 64)))

    def test_a_generator_without_edges_refuses_data_with_them(self):
        space = LabelSpace(3, True, (64, 64))
        experiment = Experiment.from_preset("oasis")
        with self.assertRaisesRegex(PartError, "`use_edge_map=false`"):
            build_generator(experiment, space)

    def test_the_unknown_class_of_the_data_is_what_oasis_ignores(self):
        space = LabelSpace(3, False, (64, 64), unknown_class=2)
        experiment = small(Experiment.from_preset("oasis"))
        self.assertEqual(build_gan(experiment, space).ignore_label, 2)
        experiment = experiment.replace(objective={"ignore_label": 1})
        self.assertEqual(build_gan(experiment, space).ignore_label, 1)


class SpectralTest(unittest.TestCase):
    def test_rows_without_it_have_none_in_either_network(self):
        """SPADE's tables 3 and 5, against pix2pixHD++, which has it."""
        for preset, expected in (
            ("spade_table5_pix2pixhdpp", True),
            ("spade_table5_pix2pixhdpp_without_sync_batch", True),
            (
                "spade_table5_pix2pixhdpp_without_sync_batch_and_spectral",
                False,
            ),
            ("spade_table3_pix2pixhd", False),
        ):
            gan = build_gan(small(Experiment.from_preset(preset)), SPACE)
            for network in (gan.generator, gan.discriminator):
                network.build()
                names = {weight.name for weight in network.weights}
                with self.subTest(preset, network=network.name):
                    self.assertEqual("left_vector" in names, expected)
