import unittest

import numpy as np

from keras_semsynth.synthesis import GeneratorInputs
from keras_semsynth.synthesis import Look
from keras_semsynth.synthesis.latent_codes import seed_noise

STYLE = GeneratorInputs(3, (32, 64), latent_kind="style", latent_size=4)
NOISE = GeneratorInputs(
    3, (32, 64), latent_kind="noise", latent_size=4, latent_by_region=True
)
CODES = GeneratorInputs(
    3,
    (32, 64),
    latent_kind="noise",
    latent_size=4,
    latent_by_region=True,
    latent_by_class=True,
)
# One of several images, chosen by a vector: CRN.
CHOICE = GeneratorInputs(3, (32, 64), latent_kind="noise", latent_size=4)
PLAIN = GeneratorInputs(3, (32, 64))
# Class 0 on the left, 1 and 2 on the right; one layout of many.
LAYOUT = np.array([[0, 0, 0, 1, 1, 2]] * 4, "int32")
CODE = np.array([1, 2, 3, 4], "float32")
LEFT = LAYOUT == 0


class LookTest(unittest.TestCase):
    def test_a_seed_is_the_noise_that_it_draws(self):
        latent = Look(7).latent(STYLE, LAYOUT)
        self.assertEqual((latent.shape, latent.dtype), ((4,), np.float32))
        np.testing.assert_array_equal(latent, seed_noise(4, 7))

    def test_a_style_is_its_mean_or_drawn_around_it(self):
        spread = np.log(np.full(4, 4, "float32"))
        for look in (Look(style=CODE), Look(None, CODE, spread), Look(7, CODE)):
            np.testing.assert_array_equal(look.latent(STYLE, LAYOUT), CODE)
        np.testing.assert_allclose(
            Look(7, CODE, spread).latent(STYLE, LAYOUT),
            CODE + 2 * seed_noise(4, 7),
            1e-6,
        )

    def test_noise_may_be_given_as_a_vector_or_a_map_of_any_size(self):
        np.testing.assert_array_equal(
            Look(noise=CODE).latent(NOISE, LAYOUT), CODE
        )
        small = np.random.default_rng(0).normal(size=(2, 3, 4))
        for inputs in (NOISE, CODES):
            latent = Look(noise=small).latent(inputs, LAYOUT)
            np.testing.assert_array_equal(
                latent, small.astype("float32").repeat(2, 0).repeat(2, 1)
            )

    def test_one_region_has_the_noise_of_another_look(self):
        look = Look(1, inside=Look(2), region=LEFT.repeat(2, 0))
        self.assertTrue(look.is_map(NOISE))
        latent = look.latent(NOISE, LAYOUT)
        self.assertEqual(latent.shape, (4, 6, 4))
        np.testing.assert_array_equal(latent[0, 0], seed_noise(4, 2))
        np.testing.assert_array_equal(latent[3, 5], seed_noise(4, 1))

    def test_an_interpolation_leads_from_one_look_to_another(self):
        def at(share, end):
            return Look(1, toward=end, share=share).latent(NOISE, LAYOUT)

        vectors = [at(share, Look(2)) for share in (0.0, 0.5, 1.0)]
        np.testing.assert_allclose(vectors[0], seed_noise(4, 1), 1e-5)
        np.testing.assert_allclose(vectors[2], seed_noise(4, 2), 1e-5)
        # Of a map, every pixel goes its own way.
        end = Look(1, inside=Look(2), region=LEFT)
        halfway = at(0.5, end)
        np.testing.assert_allclose(halfway[0, 0], vectors[1], 1e-5)
        np.testing.assert_allclose(halfway[0, 5], seed_noise(4, 1), 1e-5)

    def test_what_a_generator_cannot_show_is_refused(self):
        self.assertIsNone(Look(7).latent(PLAIN, LAYOUT))
        self.assertIsNone(Look().latent(PLAIN, LAYOUT))
        region = Look(1, inside=Look(2), region=LEFT)
        by_class = Look(1, by_class={0: Look(2)})
        for look, inputs, reason in (
            (region, STYLE, "Only a generator whose noise may differ"),
            (by_class, STYLE, "one style for the whole image"),
            (region, CHOICE, "one noise for the whole image"),
            (region, PLAIN, "this one has none"),
            (by_class, PLAIN, "this one has none"),
            (Look(style=CODE), PLAIN, "this one has none"),
            (Look(1, toward=Look(2)), PLAIN, "this one has none"),
            (Look(), STYLE, "needs a `seed`"),
        ):
            with self.assertRaisesRegex(ValueError, reason):
                look.latent(inputs, LAYOUT)
        with self.assertRaisesRegex(ValueError, "give both"):
            Look(1, inside=Look(2))


class LooksOfClassesTest(unittest.TestCase):
    def test_a_seed_draws_a_code_for_each_class_and_a_style_is_for_all(self):
        drawn = Look(7).latent(CODES, LAYOUT)
        np.testing.assert_array_equal(drawn, seed_noise((3, 4), 7))
        styled = Look(style=CODE).latent(CODES, LAYOUT)
        np.testing.assert_array_equal(styled, [CODE] * 3)

    def test_a_class_has_the_code_of_its_look_and_others_keep_theirs(self):
        looks = {2: Look(2), 0: Look(style=CODE)}
        look = Look(1, by_class=looks)
        self.assertFalse(look.is_map(CODES))
        latent = look.latent(CODES, LAYOUT)
        np.testing.assert_array_equal(latent[0], CODE)
        np.testing.assert_array_equal(latent[1], seed_noise((3, 4), 1)[1])
        np.testing.assert_array_equal(latent[2], seed_noise((3, 4), 2)[2])

    def test_without_codes_of_classes_it_is_a_map_by_the_layout(self):
        look = Look(1, by_class={0: Look(2)})
        self.assertTrue(look.is_map(NOISE))
        soft = np.eye(3, dtype="float32")[LAYOUT]
        for label_map in (LAYOUT, soft):
            latent = look.latent(NOISE, label_map)
            np.testing.assert_array_equal(latent[0, 0], seed_noise(4, 2))
            np.testing.assert_array_equal(latent[0, 5], seed_noise(4, 1))

    def test_a_region_of_codes_is_a_map_of_them(self):
        region = np.zeros((4, 6), bool)
        region[:2] = True
        look = Look(1, by_class={1: Look(5)}, inside=Look(2), region=region)
        self.assertTrue(look.is_map(CODES))
        latent = look.latent(CODES, LAYOUT)
        first, inside = seed_noise((3, 4), 1), seed_noise((3, 4), 2)
        for y, x, expected in (
            (0, 0, inside[0]),
            (1, 3, inside[1]),
            (2, 0, first[0]),
            (3, 3, seed_noise((3, 4), 5)[1]),
            (3, 5, first[2]),
        ):
            np.testing.assert_array_equal(latent[y, x], expected)
        halfway = Look(1, toward=look, share=0.5).latent(CODES, LAYOUT)
        np.testing.assert_allclose(halfway[3, 0], first[0], 1e-5)
