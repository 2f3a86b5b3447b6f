from keras_semsynth.discriminators import ImagePatchDiscriminator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ImagePatchDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ImagePatchDiscriminator,
            {"filters": 2, "num_layers": 2, "num_scales": 1},
            call_args=[random((2, 13, 18, 3))],
            output_shape=[(2, 7, 10, 2), (2, 8, 11, 4), (2, 9, 12, 1)],
            trainable=5,
            non_trainable=2,
            output_dtype=[None, None, "float32"],
            fit_policies=(),
            jit_compile=False,
        )

    def test_it_does_not_read_a_label_map(self):
        discriminator = ImagePatchDiscriminator(filters=2)
        image = random((1, 32, 32, 3))
        scores = discriminator(image)["scores"]
        label_map = random_label_map((1, 32, 32), 3)
        others = discriminator(image, label_map)["scores"]
        for score, other in zip(scores, others, strict=True):
            self.assert_close(score, other, 0)

    def test_it_has_no_classes(self):
        config = ImagePatchDiscriminator().get_config()
        self.assertNotIn("num_classes", config)
        self.assertEqual(config["image_channels"], 3)
