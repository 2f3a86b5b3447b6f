import numpy as np
from keras import ops

from keras_semsynth.encoders import RegionStyleEncoder
from tests import numpy_layers
from tests.layers.test_region_conv2d import region_convolution
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

IMAGE = random((2, 12, 16, 3))
# Blocks, so that every class is there in half the size too; no class 3.
LABEL_MAP = random_label_map((2, 6, 8), 3).repeat(2, 1).repeat(2, 2)


def codes(encoder, image=IMAGE, label_map=LABEL_MAP):
    return [ops.convert_to_numpy(x) for x in encoder(image, label_map)]


class RegionStyleEncoderTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            RegionStyleEncoder,
            {"num_classes": 4, "filters": 2, "style_dim": 7},
            call_args=[IMAGE, LABEL_MAP],
            output_shape=[(2, 4, 7), (2, 4, 7)],
            trainable=5 * 2,
            non_trainable=3 * 2,
            output_dtype="float32",
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 5e-2},
        )

    def test_codes_equal_the_equations(self):
        encoder = RegionStyleEncoder(
            4, 2, style_dim=7, spectral=False, initializer="xavier_uniform"
        )
        found = codes(encoder)
        x, ids = IMAGE, LABEL_MAP
        for conv, strides in zip(encoder.convs, (1, 2, 1), strict=True):
            kernel, bias = map(ops.convert_to_numpy, conv.weights)
            kernel = kernel.reshape(3, 3, x.shape[-1], -1)
            x = numpy_layers.leaky_relu(
                region_convolution(x, ids, kernel, bias, strides)
            )
            ids = ids[:, ::strides, ::strides]
        for layer, values in zip(
            (encoder.mean, encoder.log_variance), found, strict=True
        ):
            kernel, bias = map(ops.convert_to_numpy, layer.weights)
            expected = np.zeros((2, 4, 7))
            for b, k in np.ndindex(2, 3):
                average = x[b][ids[b] == k].mean(axis=0)
                expected[b, k] = average @ kernel + bias
            self.assert_close(values, expected, 1e-5)

    def test_a_class_that_is_absent_is_drawn_freely(self):
        for values in codes(RegionStyleEncoder(4, 2, style_dim=7)):
            self.assertEqual(np.abs(values[:, 3]).max(), 0)
            self.assertGreater(np.abs(values[:, :3]).min(), 0)

    def test_the_code_of_a_class_depends_on_its_own_pixels(self):
        encoder = RegionStyleEncoder(4, 2, style_dim=7)
        other = np.where((LABEL_MAP == 1)[..., None], IMAGE, -IMAGE)
        for first, second in zip(
            codes(encoder), codes(encoder, other), strict=True
        ):
            np.testing.assert_array_equal(first[:, 1], second[:, 1])
            self.assertGreater(np.abs(first - second)[:, [0, 2]].min(), 0)

    def test_bad_arguments_are_named(self):
        for bad in (
            {"num_classes": 0},
            {"filters": 0},
            {"style_dim": -1},
            {"image_channels": 0},
        ):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                RegionStyleEncoder(**{"num_classes": 4, **bad})
