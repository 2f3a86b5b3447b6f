"""Objectives meet networks of other papers, and refuse what lacks outputs."""

import os
import tempfile

import keras
import numpy as np
from keras import ops

from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.gans import CCFPSE
from keras_semsynth.gans import DPGAN
from keras_semsynth.gans import OASIS
from keras_semsynth.gans import SCGAN
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import Pix2PixHD
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.losses import FeatureMatching
from keras_semsynth.losses import LabelMix
from keras_semsynth.losses import Perceptual
from keras_semsynth.losses import SemanticVector
from keras_semsynth.losses import Term
from keras_semsynth.losses import adversarial_terms
from tests.gans.terms import discriminator_terms
from tests.gans.terms import generator_terms
from tests.gans.test_oasis import as_batch
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import TinyStyleGenerator
from tests.gans.tiny_gans import batch
from tests.semsynth_test_case import SemsynthTestCase


def dpgan_discriminator():
    taps = {"patch_taps": ("down_0", "down_1"), "feature_taps": ("down_0",)}
    return DPGANDiscriminator(NUM_CLASSES, (2, 2), 2, patch_filters=2, **taps)


class Pixels(Term):
    """A term that a user writes: the mean distance of pixels."""

    name = "pixels"
    reads = ("generated.image", "image")

    def formula(self, fake, real):
        return ops.mean(ops.abs(fake - real))


class ForeignTermsTest(SemsynthTestCase):
    def check(self, gan, generator_names, discriminator_names):
        gan.build()
        samples = as_batch(*batch(2))
        terms, fake = generator_terms(gan, samples)
        self.assertEqual(list(terms), generator_names)
        others = discriminator_terms(gan, samples, fake)
        self.assertEqual(list(others), discriminator_names)
        for name, value in {**terms, **others}.items():
            self.assertTrue(np.isfinite(ops.convert_to_numpy(value)), name)
        return terms, fake

    def test_spade_and_oasis_meet_the_discriminator_of_dpgan(self):
        patches = SPADE(TinyStyleGenerator(), dpgan_discriminator())
        self.check(
            patches, ["adversarial", "feature_matching"], ["real", "fake"]
        )
        classes = OASIS(TinyStyleGenerator(), dpgan_discriminator())
        self.check(classes, ["adversarial"], ["fake", "real", "label_mix"])

    def test_an_objective_of_ones_own_is_a_tuple_of_terms(self):
        gan = SemanticGAN(
            TinyStyleGenerator(),
            FPSEDiscriminator(NUM_CLASSES, filters=2),
            terms=(*adversarial_terms("hinge"), Pixels(100.0)),
            ema_decay=0.9,
        )
        terms, fake = self.check(
            gan, ["adversarial", "pixels"], ["real", "fake"]
        )
        expected = np.abs(ops.convert_to_numpy(fake) - batch(2)[1]).mean()
        self.assert_close(terms["pixels"], expected, 1e-5)
        gan.compile(run_eagerly=True, jit_compile=False)
        logs = gan.train_on_batch(*batch(2), return_dict=True)
        self.assertEqual(set(logs), set(gan.term_names))
        self.assertGreater(float(logs["generator/pixels"]), 10.0)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            revived = keras.models.load_model(path)
        self.assertEqual(
            [vars(term) for term in revived.terms],
            [vars(term) for term in gan.terms],
        )
        label_map, _ = batch(2)
        self.assert_close(
            revived(label_map, seed=1), gan(label_map, seed=1), 1e-6
        )

    def test_every_paper_is_made_again_of_its_configuration(self):
        options = {"feature_matching_weight": 3.0, "kl_divisor": 5}
        for paper, given in (
            (Pix2PixHD, {**options, "adversarial": "original"}),
            (SPADE, options),
            (CCFPSE, options),
            (SCGAN, {**options, "semantic_vector_weight": 0.0}),
            (DPGAN, {"patch_gradient": False, "generator_patch": "hinge"}),
        ):
            with self.subTest(paper.__name__):
                gan = paper(
                    TinyStyleGenerator(), dpgan_discriminator(), **given
                )
                self.assertTrue(given.items() <= vars(gan).items())
                other = paper.from_config(gan.get_config())
                self.assertEqual(
                    [vars(term) for term in other.terms],
                    [vars(term) for term in gan.terms],
                )

    def test_terms_of_what_is_absent_are_left_out(self):
        gan = SemanticGAN(
            TinyStyleGenerator(),
            FPSEDiscriminator(NUM_CLASSES, filters=2),
            terms=(*adversarial_terms(), FeatureMatching(0.0), Perceptual()),
        )
        self.assertEqual(
            [term.name for term in gan.terms], ["adversarial", "real", "fake"]
        )


class RefusalsTest(SemsynthTestCase):
    def refused(self, message, discriminator, *terms, gan=SemanticGAN):
        options = {"terms": terms} if terms else {}
        with self.assertRaisesRegex(ValueError, message):
            gan(TinyStyleGenerator(), discriminator, **options)

    def test_a_term_is_named_that_reads_what_there_is_not(self):
        oasis = OASISDiscriminator(NUM_CLASSES, (2, 2), 2)
        fpse = FPSEDiscriminator(NUM_CLASSES, filters=2)
        hinge = adversarial_terms("hinge")
        self.refused(
            "`generator/feature_matching` reads the discriminator's "
            r"`features`, but OASISDiscriminator gives \['logits'\]",
            oasis,
            FeatureMatching(10.0),
        )
        self.refused(
            "`discriminator/label_mix` reads .* FPSEDiscriminator gives",
            fpse,
            *hinge,
            LabelMix(5.0),
        )
        self.refused("`scores`, but SPADE was given none", None, gan=SPADE)
        self.refused("as SCGANGenerator does", fpse, gan=SCGAN)
        self.refused(
            "`generator/semantic_vector` reads .*SCGANGenerator",
            fpse,
            SemanticVector(),
        )
        self.refused("`source`, which SemanticGAN does not", fpse, Source())

    def test_two_terms_of_a_player_have_two_names(self):
        fpse = FPSEDiscriminator(NUM_CLASSES, filters=2)
        self.refused("two of SemanticGAN are called", fpse, Pixels(), Pixels())

    def test_each_player_has_something_to_train_for(self):
        fpse = FPSEDiscriminator(NUM_CLASSES, filters=2)
        self.refused("nothing to train for", fpse)
        self.refused("trains without a discriminator", fpse, Pixels())


class Source(Pixels):
    reads = ("generated.image", "source")
