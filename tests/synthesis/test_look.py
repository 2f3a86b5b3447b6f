import unittest

import numpy as np

from keras_semsynth.synthesis import GeneratorInputs
from keras_semsynth.synthesis import Look
from keras_semsynth.synthesis.latent_codes import seed_noise

STYLE = GeneratorInputs(3, (32, 64), latent_kind="style", latent_size=4)
NOISE = GeneratorInputs(3, (32, 64), latent_kind="noise", latent_size=4)
PLAIN = GeneratorInputs(3, (32, 64))
SIZE = (4, 6)
CODE = np.array([1, 2, 3, 4], "float32")
LEFT = np.arange(6) < np.full((4, 1), 3)


class LookTest(unittest.TestCase):
    def test_a_seed_is_the_noise_that_it_draws(self):
        latent = Look(7).latent(STYLE, SIZE)
        self.assertEqual((latent.shape, latent.dtype), ((4,), np.float32))
        np.testing.assert_array_equal(latent, seed_noise(4, 7))

    def test_a_style_is_its_mean_or_drawn_around_it(self):
        spread = np.log(np.full(4, 4, "float32"))
        for look in (Look(style=CODE), Look(None, CODE, spread), Look(7, CODE)):
            np.testing.assert_array_equal(look.latent(STYLE, SIZE), CODE)
        np.testing.assert_allclose(
            Look(7, CODE, spread).latent(STYLE, SIZE),
            CODE + 2 * seed_noise(4, 7),
            1e-6,
        )

    def test_noise_may_be_given_as_a_vector_or_a_map_of_any_size(self):
        np.testing.assert_array_equal(
            Look(noise=CODE).latent(NOISE, SIZE), CODE
        )
        small = np.random.default_rng(0).normal(size=(2, 3, 4))
        latent = Look(noise=small).latent(NOISE, SIZE)
        np.testing.assert_array_equal(
            latent, small.astype("float32").repeat(2, 0).repeat(2, 1)
        )

    def test_one_region_has_the_noise_of_another_look(self):
        look = Look(1, inside=Look(2), region=LEFT.repeat(2, 0))
        self.assertTrue(look.is_map)
        latent = look.latent(NOISE, SIZE)
        self.assertEqual(latent.shape, (4, 6, 4))
        np.testing.assert_array_equal(latent[0, 0], seed_noise(4, 2))
        np.testing.assert_array_equal(latent[3, 5], seed_noise(4, 1))

    def test_an_interpolation_leads_from_one_look_to_another(self):
        def at(share, end):
            return Look(1, toward=end, share=share).latent(NOISE, SIZE)

        vectors = [at(share, Look(2)) for share in (0.0, 0.5, 1.0)]
        np.testing.assert_allclose(vectors[0], seed_noise(4, 1), 1e-5)
        np.testing.assert_allclose(vectors[2], seed_noise(4, 2), 1e-5)
        # Of a map, every pixel goes its own way.
        end = Look(1, inside=Look(2), region=LEFT)
        halfway = at(0.5, end)
        np.testing.assert_allclose(halfway[0, 0], vectors[1], 1e-5)
        np.testing.assert_allclose(halfway[0, 5], seed_noise(4, 1), 1e-5)

    def test_what_a_generator_cannot_show_is_refused(self):
        self.assertIsNone(Look(7).latent(PLAIN, SIZE))
        self.assertIsNone(Look().latent(PLAIN, SIZE))
        region = Look(1, inside=Look(2), region=LEFT)
        for look, inputs, reason in (
            (region, STYLE, "Only a generator with a noise map"),
            (region, PLAIN, "this one has none"),
            (Look(style=CODE), PLAIN, "this one has none"),
            (Look(1, toward=Look(2)), PLAIN, "this one has none"),
            (Look(), STYLE, "needs a `seed`"),
        ):
            with self.assertRaisesRegex(ValueError, reason):
                look.latent(inputs, SIZE)
        with self.assertRaisesRegex(ValueError, "give both"):
            Look(1, inside=Look(2))
