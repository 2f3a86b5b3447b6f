from keras import ops

from keras_semsynth.encoders import StyleEncoder
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import random
from tests.semsynth_test_case import relative_error


class StyleEncoderTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            StyleEncoder,
            {"filters": 2, "style_dim": 7},
            call_args=[random((2, 37, 51, 3))],
            output_shape=[(2, 7), (2, 7)],
            # Six kernels without bias, two dense layers.
            trainable=6 + 2 * 2,
            non_trainable=6 * 2,
            output_dtype="float32",
            policy_tolerance={"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1},
        )

    def test_parameter_count_is_that_of_the_paper(self):
        self.assertEqual(count_parameters(StyleEncoder()), 10_463_424)

    def test_a_256_pixel_square_is_not_resized(self):
        encoder = StyleEncoder(filters=2, style_dim=5)
        image = random((1, 256, 256, 3))
        resized = ops.image.resize(
            image,
            (256, 256),
            antialias=False,
            data_format="channels_last",
        )
        self.assert_close(resized, image, 1e-6)
        for found, expected in zip(
            encoder(image), encoder(resized), strict=True
        ):
            self.assert_close(found, expected, 1e-5)

    def test_mean_and_log_variance_have_their_own_weights(self):
        encoder = StyleEncoder(filters=2, style_dim=5)
        mean, log_variance = encoder(random((1, 64, 32, 3)))
        self.assertGreater(relative_error(mean, log_variance), 1e-2)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"style_dim": -1}, "`style_dim` must be"),
            ({"image_channels": 0}, "`image_channels` must be"),
            ({"normalization": "layer"}, "`normalization` must be one of"),
            ({"initializer": "he"}, "`initializer` must be one of"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    StyleEncoder(**bad)
