import numpy as np
from keras import ops

from keras_semsynth.generators import OASISGenerator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {
    "num_classes": 5,
    "image_size": (32, 64),
    "filters": 2,
    "noise_dim": 3,
    "hidden_filters": 4,
}
# Seven blocks of rounding; images lie in [-1, 1].
HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


def check_noise(case, generator):
    """What OASIS's and DP-GAN's generators promise about their noise."""
    label_map = random_label_map((2, 32, 64), 5)
    vector = random((2, 3))
    image = generator(label_map, latent=vector)
    # A map of one vector is that vector.
    everywhere = np.broadcast_to(vector[:, None, None], (2, 32, 64, 3)).copy()
    case.assert_close(generator(label_map, latent=everywhere), image, 1e-5)
    # The noise of one region changes the image there, and not all of it.
    case.assertGreater(ops.shape(image)[0], 1)
    everywhere[:, :8, :8] = 3.0
    changed = ops.convert_to_numpy(generator(label_map, latent=everywhere))
    difference = np.abs(changed - ops.convert_to_numpy(image))
    case.assertGreater(difference[:, :8, :8].max(), 0.0)
    # Drawn noise follows the seed, and differs from call to call without.
    first = ops.convert_to_numpy(generator(label_map, seed=3))
    again = ops.convert_to_numpy(generator(label_map, seed=3))
    np.testing.assert_array_equal(first, again)
    for other in (generator(label_map, seed=4), generator(label_map)):
        difference = np.abs(ops.convert_to_numpy(other) - first).max()
        case.assertGreater(difference, 0.0)
    for bad in (random((2, 4)), random((2, 32, 64, 4)), random((2, 8, 64, 3))):
        with case.assertRaisesRegex(ValueError, "`latent` must be"):
            generator(label_map, latent=bad)
    with case.assertRaisesRegex(ValueError, "`edge_map` was given"):
        generator(label_map, edge_map=random((2, 32, 64, 1)))


class OASISGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            OASISGenerator,
            SMALL,
            call_args=[random_label_map((2, 32, 64), 5), random((2, 3))],
            output_shape=(2, 32, 64, 3),
            # First and last convolution, two narrow and four wide blocks.
            trainable=2 + 2 + 2 * 16 + 4 * 23,
            non_trainable=2 * 8 + 4 * 12,
            output_dtype="float32",
            policy_tolerance=HALF,
            # The golden training steps fit it, its blocks' test too.
            fits=False,
        )

    def test_parameter_counts_are_those_of_the_paper(self):
        for classes, expected in (
            (151, 74_314_691),
            (183, 75_199_427),
            (35, 71_107_523),
        ):
            found = count_parameters(OASISGenerator(classes))
            self.assertEqual(found, expected)

    def test_noise_is_a_vector_or_a_map(self):
        check_noise(self, OASISGenerator(**SMALL))

    def test_without_noise(self):
        generator = OASISGenerator(**{**SMALL, "noise_dim": None})
        self.assertIsNone(generator.latent_kind)
        label_map = random_label_map((1, 32, 32), 5)
        image = generator(label_map)
        self.assert_close(generator(one_hot_map(label_map, 5)), image, 1e-5)
        with self.assertRaisesRegex(ValueError, "without a latent input"):
            generator(label_map, latent=random((1, 3)))

    def test_bad_arguments_are_named(self):
        for bad in (
            {"num_classes": 0},
            {"filters": 0},
            {"noise_dim": 0},
            {"hidden_filters": 0},
            {"kernel_size": 2},
            {"normalization": "none"},
            {"image_size": (48, 64)},
            {"initializer": "he"},
        ):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                OASISGenerator(**{**SMALL, **bad})
