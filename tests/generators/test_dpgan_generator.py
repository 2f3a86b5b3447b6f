from keras_semsynth.generators import DPGANGenerator
from tests.generators.test_oasis_generator import HALF
from tests.generators.test_oasis_generator import check_noise
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {
    "num_classes": 5,
    "image_size": (32, 64),
    "filters": 2,
    "noise_dim": 3,
    "pyramid_filters": 4,
}


class DPGANGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            DPGANGenerator,
            SMALL,
            call_args=[random_label_map((2, 32, 64), 5), random((2, 3))],
            output_shape=(2, 32, 64, 3),
            # First and last convolution, the pyramid, two narrow and four
            # wide blocks.
            trainable=2 + 2 + 7 * 4 + 2 * 12 + 4 * 17,
            non_trainable=7 * 2 + 2 * 8 + 4 * 12,
            output_dtype="float32",
            policy_tolerance=HALF,
            # Its blocks were fitted in half precision one by one.
            fit_policies=(),
            jit_compile=False,
        )

    def test_parameter_counts_are_those_of_the_paper(self):
        for classes, expected in (
            (151, 70_615_683),
            (183, 70_919_811),
            (35, 69_513_219),
        ):
            found = count_parameters(DPGANGenerator(classes))
            self.assertEqual(found, expected)

    def test_noise_is_a_vector_or_a_map(self):
        check_noise(self, DPGANGenerator(**SMALL))

    def test_without_concatenation_or_noise(self):
        generator = DPGANGenerator(
            **{**SMALL, "noise_dim": None, "concatenate": False}
        )
        image = generator(random_label_map((1, 96, 32), 5))
        self.assertEqual(tuple(image.shape), (1, 96, 32, 3))
        gamma = generator.block_0.norm_0.gamma
        self.assertEqual(gamma.kernel.shape[2], SMALL["pyramid_filters"])

    def test_bad_arguments_are_named(self):
        for bad in ({"pyramid_filters": 1}, {"kernel_size": 2}):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                DPGANGenerator(**{**SMALL, **bad})
