import numpy as np
from keras import ops

from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.gans import DPGAN
from tests.gans.terms import discriminator_terms
from tests.gans.terms import generator_terms
from tests.gans.terms import weights
from tests.gans.test_oasis import as_batch
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import TinyStyleGenerator
from tests.gans.tiny_gans import batch
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import settle_spectral_vectors


def tiny_dpgan(taps=None, **options):
    discriminator = DPGANDiscriminator(
        NUM_CLASSES,
        (2, 2),
        2,
        patch_filters=2,
        **(taps or {"patch_taps": ("down_0", "down_1")}),
    )
    return DPGAN(TinyStyleGenerator(), discriminator, **options)


class DPGANTest(SemsynthTestCase):
    def setUp(self):
        self.batch = as_batch(*batch(2))

    def outputs(self, gan, image):
        outputs = gan.discriminator(image, training=False)
        scores = [ops.convert_to_numpy(x) for x in outputs["scores"]]
        features = [ops.convert_to_numpy(x) for x in outputs["features"][0]]
        return scores, features

    def test_the_terms_are_those_of_the_code_and_of_the_paper(self):
        for reduction in ("sum", "mean"):
            gan = tiny_dpgan(feature_reduction=reduction)
            gan.build()
            settle_spectral_vectors(gan.discriminator)
            terms, fake = generator_terms(gan, self.batch, training=False)
            scores, features = self.outputs(gan, fake)
            expected = -np.mean([x.mean() for x in scores])
            self.assert_close(terms["patch"], expected, 1e-4)
            real_scores, real_features = self.outputs(gan, self.batch["image"])
            squares = [
                ((x - y) ** 2).mean()
                for x, y in zip(features, real_features, strict=True)
            ]
            expected = getattr(np, reduction)(squares)
            self.assert_close(terms["feature_matching"], expected, 1e-4)
            terms = discriminator_terms(gan, self.batch, fake, training=False)
            hinge = [np.maximum(0, 1 + x).mean() for x in scores]
            self.assert_close(terms["patch_fake"], np.mean(hinge), 1e-5)
            hinge = [np.maximum(0, 1 - x).mean() for x in real_scores]
            self.assert_close(terms["patch_real"], np.mean(hinge), 1e-5)
            self.assertEqual(set(terms), set(weights(gan, "discriminator")))

    def test_equation_7_has_a_hinge_for_the_generator(self):
        gan = tiny_dpgan(generator_patch="hinge")
        gan.build()
        settle_spectral_vectors(gan.discriminator)
        # Scores on both sides of the margin.
        for head, bias in zip(gan.discriminator.heads, (1.0, 3.0), strict=True):
            head.last.bias.assign(0 * head.last.bias + bias)
        terms, fake = generator_terms(gan, self.batch, training=False)
        scores, _ = self.outputs(gan, fake)
        self.assertTrue(any((x > 1).any() for x in scores))
        expected = np.mean([-np.minimum(-1 + x, 0).mean() for x in scores])
        self.assert_close(terms["patch"], expected, 1e-5)

    def test_patch_heads_are_trained_only_with_patch_gradient(self):
        for patch_gradient in (True, False):
            gan = tiny_dpgan(patch_gradient=patch_gradient, ema_decay=None)
            gan.compile(run_eagerly=True, jit_compile=False)
            heads = gan.discriminator.heads
            kernels = [head.first.convs[0].conv.kernel for head in heads]
            before = [ops.convert_to_numpy(x).copy() for x in kernels]
            logs = gan.train_on_batch(*batch(2), return_dict=True)
            for kernel, old in zip(kernels, before, strict=True):
                moved = (ops.convert_to_numpy(kernel) != old).any()
                self.assertEqual(bool(moved), patch_gradient)
            self.assertGreater(float(logs["discriminator/patch_real"]), 0.0)

    def test_terms_can_be_switched_off(self):
        taps = {"patch_taps": (), "feature_taps": ()}
        gan = tiny_dpgan(taps, patch_weight=0.0, feature_weight=0.0)
        self.assertEqual(set(weights(gan, "generator")), {"adversarial"})
        gan.build()
        terms, fake = generator_terms(gan, self.batch)
        self.assertEqual(set(terms), {"adversarial"})
        terms = discriminator_terms(gan, self.batch, fake)
        self.assertEqual(set(terms), {"fake", "real", "label_mix"})

    def test_networks_that_do_not_fit_are_an_error(self):
        none = {"patch_taps": (), "feature_taps": ()}
        for taps, options, message in (
            (none, {}, "`patch_weight` needs"),
            (none, {"patch_weight": 0.0}, "`feature_weight` needs"),
            (None, {"feature_reduction": "max"}, "`feature_reduction` must"),
            (None, {"generator_patch": "mean"}, "`generator_patch` must"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                tiny_dpgan(taps, **options)
        with self.assertRaisesRegex(ValueError, "patch` reads .*`scores`"):
            DPGAN(
                TinyStyleGenerator(), OASISDiscriminator(NUM_CLASSES, (2, 2), 2)
            )
