import os
import tempfile

import keras
import numpy as np
from keras import ops

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.gans import OASIS
from keras_semsynth.gans import AdamPair
from tests.gans.terms import discriminator_terms
from tests.gans.terms import generator_terms
from tests.gans.terms import weights
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import TinyStyleGenerator
from tests.gans.tiny_gans import batch
from tests.losses.test_class_balanced_cross_entropy import numpy_cross_entropy
from tests.losses.test_class_balanced_cross_entropy import numpy_weights
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import settle_spectral_vectors


def tiny_oasis(**options):
    discriminator = OASISDiscriminator(NUM_CLASSES, (2, 2), 2)
    return OASIS(TinyStyleGenerator(), discriminator, **options)


def as_batch(label_map, image):
    return {
        "label_map": ops.convert_to_tensor(label_map),
        "image": ops.convert_to_tensor(image),
        "edge_map": None,
    }


class OASISTest(SemsynthTestCase):
    def setUp(self):
        self.label_map, self.image = batch(2)
        self.batch = as_batch(self.label_map, self.image)

    def logits(self, gan, image):
        outputs = gan.discriminator(image, training=False)
        return ops.convert_to_numpy(outputs["logits"]).astype("float64")

    def test_the_terms_are_those_of_the_paper(self):
        gan = tiny_oasis(ignore_label=2)
        gan.build()
        settle_spectral_vectors(gan.discriminator)
        weights = numpy_weights(self.label_map, 2)
        terms, fake = generator_terms(gan, self.batch, training=False)
        losses = numpy_cross_entropy(self.logits(gan, fake), self.label_map + 1)
        self.assertEqual(list(terms), ["adversarial"])
        self.assert_close(terms["adversarial"], (weights * losses).mean(), 1e-5)

        coins = np.array([1.0, -1.0, -1.0, 1.0], "float32")
        gan.draw_noise = lambda shape, **kwargs: ops.convert_to_tensor(coins)
        terms = discriminator_terms(gan, self.batch, fake, training=False)
        real = self.logits(gan, self.image)
        losses = numpy_cross_entropy(real, self.label_map + 1)
        self.assert_close(terms["real"], (weights * losses).mean(), 1e-5)
        generated = self.logits(gan, fake)
        losses = numpy_cross_entropy(generated, 0 * self.label_map)
        self.assert_close(terms["fake"], losses.mean(), 1e-5)
        mask = (coins[self.label_map] > 0)[..., None]
        mixed = np.where(mask, self.image, ops.convert_to_numpy(fake))
        expected = self.logits(gan, mixed) - np.where(mask, real, generated)
        self.assert_close(terms["label_mix"], (expected**2).mean(), 1e-4)
        (label_mix,) = [t for t in gan.terms if t.name == "label_mix"]
        label_mix.reduction = "sum"
        terms = discriminator_terms(gan, self.batch, fake, training=False)
        norm = (expected**2).sum((1, 2, 3)).mean()
        self.assert_close(terms["label_mix"], norm, 1e-4)

    def test_every_pass_of_the_discriminator_is_one_of_the_paper(self):
        for weight, passes in ((10.0, [2, 2, 2]), (0.0, [2, 2])):
            gan = tiny_oasis(label_mix_weight=weight)
            gan.build()
            sizes = []
            judge = gan.judge

            def counting(batch, image, training=True, judge=judge, sizes=sizes):
                sizes.append(image.shape[0])
                return judge(batch, image, training)

            gan.judge = counting
            discriminator_terms(gan, self.batch, self.batch["image"])
            self.assertEqual(sizes, passes)
            names = {"fake", "real", *(["label_mix"] if weight else [])}
            self.assertEqual(set(weights(gan, "discriminator")), names)

    def test_the_optimizers_are_those_of_the_paper(self):
        gan = tiny_oasis()
        self.assertEqual(gan.ema_decay, 0.9999)
        for options, rates in (
            ({}, (1e-4, 4e-4)),
            ({"learning_rate": 4e-4, "ttur": False}, (4e-4, 4e-4)),
        ):
            gan.compile(AdamPair(**options))
            members = (gan.optimizer.generator, gan.optimizer.discriminator)
            for member, rate in zip(members, rates, strict=True):
                self.assertAlmostEqual(float(member.learning_rate), rate)
                self.assertEqual((member.beta_1, member.beta_2), (0.0, 0.999))

    def test_a_saved_gan_is_restored_with_its_arguments(self):
        gan = tiny_oasis(
            label_mix_weight=5.0,
            label_mix_reduction="sum",
            ignore_label=1,
            balance=False,
            reference_label_mix=True,
            ema_decay=0.9,
            ema_statistics="average",
        )
        gan.compile()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            revived = keras.models.load_model(path)
        config = gan.get_config()
        for name in set(config) - {"generator", "discriminator"}:
            self.assertEqual(revived.get_config()[name], config[name], name)
        label_map = self.label_map
        self.assert_close(
            revived(label_map, seed=1), gan(label_map, seed=1), 1e-6
        )

    def test_a_discriminator_without_logits_is_an_error(self):
        discriminator = MultiScalePatchDiscriminator(NUM_CLASSES, filters=2)
        with self.assertRaisesRegex(ValueError, "adversarial` reads .*logits"):
            OASIS(TinyStyleGenerator(), discriminator)
