import numpy as np
from keras import ops

from keras_semsynth.discriminators import OASISDiscriminator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


class OASISDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            OASISDiscriminator,
            {"num_classes": 4, "encoder_filters": [3, 5], "last_filters": 2},
            call_args=[random((2, 8, 12, 3)), random_label_map((2, 8, 12), 4)],
            output_shape=[(2, 8, 12, 5)],
            # Four blocks of three convolutions, and the last.
            trainable=4 * 6 + 2,
            non_trainable=4 * 6,
            output_dtype="float32",
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_parameter_counts_are_those_of_the_paper(self):
        for classes, expected in (
            (151, 22_258_904),
            (183, 22_260_984),
            (35, 22_251_364),
        ):
            found = count_parameters(OASISDiscriminator(classes))
            self.assertEqual(found, expected)

    def test_only_the_image_is_judged(self):
        discriminator = OASISDiscriminator(4, (3, 3), 2)
        image = random((2, 8, 8, 3))
        logits = discriminator(image)["logits"]
        other = discriminator(
            image, random_label_map((2, 8, 8), 4), random((2, 8, 8, 1))
        )
        np.testing.assert_array_equal(
            ops.convert_to_numpy(other["logits"]), ops.convert_to_numpy(logits)
        )

    def test_one_block_is_enough(self):
        discriminator = OASISDiscriminator(4, (3,), 2)
        logits = discriminator(random((1, 2, 6, 3)))["logits"]
        self.assertEqual(tuple(logits.shape), (1, 2, 6, 5))

    def test_sizes_that_cannot_be_halved_are_an_error(self):
        discriminator = OASISDiscriminator(4, (3, 3), 2)
        with self.assertRaisesRegex(ValueError, "multiple of 4"):
            discriminator(random((1, 8, 6, 3)))

    def test_bad_arguments_are_named(self):
        for bad in (
            {"num_classes": 0},
            {"encoder_filters": ()},
            {"encoder_filters": (4, 0)},
            {"last_filters": 0},
            {"initializer": "he"},
        ):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must"):
                OASISDiscriminator(**{"num_classes": 4, **bad})
