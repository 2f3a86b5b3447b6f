import numpy as np
from keras import ops

from keras_semsynth.layers import ConditionedSPADE
from tests import numpy_layers
from tests.layers.test_bilinear_resizing import numpy_bilinear
from tests.layers.test_spade import randomized
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def convolve(layer, x):
    """Applies the kernel and bias of an ordinary "same" convolution."""
    kernel = ops.convert_to_numpy(layer.kernel)
    result = numpy_layers.convolution(x, kernel, pad=kernel.shape[0] // 2)
    return result + ops.convert_to_numpy(layer.bias)


def modulate(layer, normalized, condition):
    """Section 1.2 of the specification, on an already normalized tensor."""
    scale = 1 + convolve(layer.gamma, condition)
    return normalized * scale + convolve(layer.beta, condition)


class ConditionedSPADETest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ConditionedSPADE,
            {"condition_channels": 4, "kernel_size": 5},
            call_args=[
                random((2, 5, 7, 3)),
                {"condition": random((2, 5, 7, 4), 1)},
            ],
            output_shape=(2, 5, 7, 3),
            trainable=4,
            non_trainable=2,
        )

    def test_training_equals_the_equations(self):
        features, condition = random((2, 5, 7, 3)), random((2, 5, 7, 4), 1)
        for normalization, norm in (
            ("batch", lambda x: numpy_layers.batch_norm(x)[0]),
            ("instance", numpy_layers.instance_norm),
        ):
            with self.subTest(normalization=normalization):
                layer = ConditionedSPADE(4, normalization=normalization)
                layer = randomized(layer, 3)
                expected = modulate(layer, norm(features), condition)
                found = layer(features, {"condition": condition}, training=True)
                self.assert_close(found, expected, 3e-6)

    def test_inference_uses_the_moving_statistics(self):
        features, condition = random((2, 5, 7, 3)), random((2, 5, 7, 4), 1)
        layer = randomized(ConditionedSPADE(4), 3)
        mean = ops.convert_to_numpy(layer.norm.moving_mean)
        variance = ops.convert_to_numpy(layer.norm.moving_variance)
        normalized = (features - mean) / np.sqrt(variance + 1e-5)
        expected = modulate(layer, normalized, condition)
        found = layer(features, {"condition": condition})
        self.assert_close(found, expected, 3e-6)

    def test_the_coarsest_condition_is_read_as_if_enlarged(self):
        features, condition = random((2, 8, 6, 3)), random((2, 8, 6, 4), 1)
        for shape in ((2, 2, 3, 2), (2, 8, 6, 2), (2, 1, 1, 2), (2, 3, 4, 2)):
            coarsest = random(shape, 2)
            with self.subTest(shape=shape):
                layer = randomized(ConditionedSPADE(6, kernel_size=5), 3)
                enlarged = numpy_bilinear(coarsest, 8, 6)
                both = np.concatenate([enlarged, condition], axis=-1)
                expected = layer(features, {"condition": both})
                level = {"condition": condition, "coarsest": coarsest}
                self.assert_close(layer(features, level), expected, 3e-6)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`kernel_size` must be"):
            ConditionedSPADE(4, kernel_size=2)
        with self.assertRaisesRegex(ValueError, "`normalization` must be"):
            ConditionedSPADE(4, normalization="layer")
        with self.assertRaisesRegex(ValueError, "`condition_channels` must be"):
            ConditionedSPADE(0)
