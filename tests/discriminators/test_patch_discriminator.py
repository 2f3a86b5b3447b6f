from keras_semsynth.discriminators.patch_discriminator import PatchDiscriminator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class PatchDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            PatchDiscriminator,
            {
                "num_classes": 4,
                "extra_channels": 3,
                "filters": 2,
                "num_layers": 3,
            },
            call_args=[
                random_label_map((2, 17, 22), 4),
                random((2, 17, 22, 3)),
            ],
            output_shape=[
                (2, 9, 12, 2),
                (2, 5, 7, 4),
                (2, 6, 8, 8),
                (2, 7, 9, 1),
            ],
            trainable=2 + 2 + 2,
            non_trainable=2 * 2,
            output_dtype=[None, None, None, "float32"],
            policy_tolerance={"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1},
        )

    def test_sizes_at_256_pixels_are_those_of_the_official_network(self):
        discriminator = PatchDiscriminator(4, 3, filters=2)
        discriminator.build()
        shapes = discriminator.compute_output_shape((1, 256, 256))
        self.assertEqual([shape[1] for shape in shapes], [129, 65, 33, 34, 35])
