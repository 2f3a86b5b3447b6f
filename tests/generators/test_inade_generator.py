import numpy as np
from keras import ops

from keras_semsynth.generators import INADEGenerator
from tests.generators.test_oasis_generator import HALF
from tests.generators.test_oasis_generator import check_noise
from tests.layers.test_inade import spread
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {
    "num_classes": 5,
    "image_size": (32, 64),
    "filters": 2,
    "noise_dim": 3,
}
LABEL_MAP = random_label_map((2, 32, 64), 5)
CODES = random((2, 5, 3), 4)


class INADEGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            INADEGenerator,
            SMALL,
            call_args=[LABEL_MAP, random((2, 3))],
            output_shape=(2, 32, 64, 3),
            # First and last convolution; three blocks of one width, four that
            # narrow.
            trainable=2 + 2 + 3 * 16 + 4 * 23,
            non_trainable=3 * 8 + 4 * 12,
            output_dtype="float32",
            policy_tolerance=HALF,
            # A step of the GAN fits it.
            fits=False,
        )

    def test_one_noise_for_all_is_a_vector_or_a_map(self):
        check_noise(self, INADEGenerator(**SMALL))

    def test_noise_of_classes_is_a_map_of_their_pixels(self):
        generator = INADEGenerator(**SMALL)
        image = generator(LABEL_MAP, latent=CODES)
        for labels, latent in (
            (LABEL_MAP, spread(CODES, LABEL_MAP)),
            (one_hot_map(LABEL_MAP, 5), CODES),
        ):
            self.assert_close(generator(labels, latent=latent), image, 1e-4)
        with self.assertRaisesRegex(ValueError, r"`\(batch, 5, 3\)`"):
            generator(LABEL_MAP, latent=random((2, 4, 3)))

    def test_each_class_draws_noise_of_its_own(self):
        generator = INADEGenerator(**SMALL)
        drawn = generator.latent_or_draw(LABEL_MAP, None, 7)
        values = ops.convert_to_numpy(drawn).reshape(10, 3)
        self.assertEqual(len(np.unique(values, axis=0)), 10)
        self.assertEqual(generator.latent_shape, (5, 3))

    def test_noise_of_a_class_that_is_absent_changes_nothing(self):
        generator = INADEGenerator(**SMALL)
        label_map = np.minimum(LABEL_MAP, 3)
        other = CODES.copy()
        other[:, 4] += 3
        first, second = (
            ops.convert_to_numpy(generator(label_map, latent=codes))
            for codes in (CODES, other)
        )
        np.testing.assert_array_equal(first, second)

    def test_bad_arguments_are_named(self):
        for bad in (
            {"noise_dim": 0},
            {"upsampling": "less"},
            {"image_size": (48, 64)},
        ):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                INADEGenerator(**{**SMALL, **bad})
