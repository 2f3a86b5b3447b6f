import numpy as np
from keras import ops

from keras_semsynth.layers import ConditionedSPADE
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def randomized(layer, *shapes):
    """Builds the layer with weights that leave nothing at its default."""
    layer.build(*((None, None, None, channels) for channels in shapes))
    for seed, weight in enumerate(layer.weights):
        value = random(weight.shape, seed, scale=0.3)
        if weight.name == "moving_variance":
            value = np.abs(value) + 0.5
        weight.assign(value)
    return layer


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
            {"kernel_size": 5},
            call_args=[random((2, 5, 7, 3)), random((2, 5, 7, 4), 1)],
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
                layer = ConditionedSPADE(normalization=normalization)
                layer = randomized(layer, 3, 4)
                expected = modulate(layer, norm(features), condition)
                found = layer(features, condition, training=True)
                self.assert_close(found, expected, 3e-6)

    def test_inference_uses_the_moving_statistics(self):
        features, condition = random((2, 5, 7, 3)), random((2, 5, 7, 4), 1)
        layer = randomized(ConditionedSPADE(), 3, 4)
        mean = ops.convert_to_numpy(layer.norm.moving_mean)
        variance = ops.convert_to_numpy(layer.norm.moving_variance)
        normalized = (features - mean) / np.sqrt(variance + 1e-5)
        expected = modulate(layer, normalized, condition)
        self.assert_close(layer(features, condition), expected, 3e-6)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`kernel_size` must be"):
            ConditionedSPADE(kernel_size=2)
        with self.assertRaisesRegex(ValueError, "`normalization` must be"):
            ConditionedSPADE(normalization="layer")
