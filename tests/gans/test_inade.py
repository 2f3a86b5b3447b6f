"""SPADE's objective around INADE's generator and encoder of regions."""

import os
import tempfile

import keras
import numpy as np
from keras import ops

from keras_semsynth.encoders import RegionStyleEncoder
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_gan
from keras_semsynth.gans import SPADE
from keras_semsynth.generators import INADEGenerator
from tests.gans.terms import generator_terms
from tests.gans.test_oasis import as_batch
from tests.gans.tiny_gans import tiny_spade
from tests.semsynth_test_case import SemsynthTestCase

CLASSES, LENGTH, SIZE = 4, 3, 32


def tiny_inade(**kwargs):
    return SPADE(
        INADEGenerator(CLASSES, (SIZE, SIZE), filters=1, noise_dim=LENGTH),
        tiny_discriminator(),
        RegionStyleEncoder(CLASSES, 2, style_dim=LENGTH),
        **kwargs,
    )


def tiny_discriminator():
    return type(tiny_spade().discriminator)(
        CLASSES, filters=2, num_scales=1, num_layers=2
    )


def batch():
    """Two samples; the class 3 is in the second alone."""
    random = np.random.RandomState(0)
    label_map = random.randint(0, 3, (2, 4, 4)).repeat(8, 1).repeat(8, 2)
    label_map[1, :16] = 3
    image = random.uniform(-1, 1, (2, SIZE, SIZE, 3)).astype("float32")
    return label_map.astype("int32"), image


class INADETest(SemsynthTestCase):
    def test_the_kl_term_is_of_the_classes_that_are_there(self):
        gan = tiny_inade()
        gan.build()
        terms, _ = generator_terms(gan, as_batch(*batch()), training=False)
        label_map, image = batch()
        mean, log_variance = (
            ops.convert_to_numpy(x).astype("float64")
            for x in gan.encoder(image, label_map)
        )
        expected = sum(
            0.5 * np.sum(m**2 + np.exp(v) - 1 - v)
            for ids, means, variances in zip(
                label_map, mean, log_variance, strict=True
            )
            for m, v in zip(
                means[np.unique(ids)], variances[np.unique(ids)], strict=True
            )
        )
        self.assertGreater(expected, 0)
        self.assert_close(terms["kl"], expected / 8, 1e-5)

    def test_a_class_that_is_absent_is_drawn_like_noise(self):
        gan = tiny_inade()
        gan.build()
        samples = as_batch(*batch())
        noise = np.random.RandomState(1).normal(size=(2, CLASSES, LENGTH))
        gan.draw_noise = lambda shape, **kwargs: ops.convert_to_tensor(
            noise.astype("float32")
        )
        latent, _ = gan.draw_latent(samples, training=False)
        equal = np.isclose(ops.convert_to_numpy(latent), noise).all(axis=-1)
        np.testing.assert_array_equal(
            equal, [[False] * 3 + [True], [False] * 4]
        )

    def test_it_trains_is_saved_and_draws_without_the_encoder(self):
        gan = tiny_inade()
        gan.compile(run_eagerly=keras.backend.backend() == "tensorflow")
        logs = gan.train_on_batch(*batch(), return_dict=True)
        for name, value in logs.items():
            self.assertTrue(np.isfinite(float(value)), name)
        label_map, _ = batch()
        image = gan(label_map, seed=3)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gan.keras")
            gan.save(path)
            revived = keras.saving.load_model(path)
        self.assert_close(revived(label_map, seed=3), image, 1e-5)
        free = SPADE(gan.generator, gan.discriminator)
        free.build()
        latent, style = free.draw_latent(as_batch(*batch()))
        self.assertEqual(tuple(latent.shape), (2, CLASSES, LENGTH))
        self.assertEqual(style, {})

    def test_encoder_and_generator_must_fit(self):
        gan = tiny_inade()
        for generator, encoder, reason in (
            (
                gan.generator,
                RegionStyleEncoder(CLASSES, 2, style_dim=LENGTH + 1),
                r"\(4, 4\) and \(4, 3\)",
            ),
            (
                gan.generator,
                StyleEncoder(2, style_dim=LENGTH),
                "needs a generator with a style code",
            ),
            (tiny_spade().generator, gan.encoder, "a code for each class"),
        ):
            with self.assertRaisesRegex(ValueError, reason):
                SPADE(generator, gan.discriminator, encoder)

    def test_a_run_makes_codes_of_one_length(self):
        experiment = Experiment.from_preset("inade").replace(
            encoder={"style_dim": 5, "filters": 2},
            generator={"filters": 1},
            discriminator={"filters": 2},
        )
        space = LabelSpace(CLASSES, False, (64, 64))
        gan = build_gan(experiment, space)
        self.assertEqual(gan.generator.latent_shape, (CLASSES, 5))
        self.assertEqual(gan.encoder.num_classes, CLASSES)
        with self.assertRaisesRegex(PartError, "a code for each class"):
            build_gan(experiment.replace(generator="spade"), space)
