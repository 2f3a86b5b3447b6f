import numpy as np
from keras import ops

from keras_semsynth.layers import PatchHead
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def randomized(layer, *shape):
    layer.build(*shape)
    for seed, weight in enumerate(layer.weights):
        value = random(weight.shape, seed, scale=0.3)
        if weight.name == "moving_variance":
            value = np.abs(value) + 0.5
        weight.assign(value)
    return layer


def normalize(norm, x):
    """Batch normalization in training mode, with scale and offset."""
    x = numpy_layers.batch_norm(x)[0]
    gamma, beta = (ops.convert_to_numpy(w) for w in (norm.gamma, norm.beta))
    return x * gamma + beta


def convolve(layer, x, strides=1):
    kernel = ops.convert_to_numpy(layer.kernel)
    x = numpy_layers.convolution(x, kernel, strides, pad=1)
    return x + ops.convert_to_numpy(layer.bias)


def first(head, x):
    (unit,) = head.first.convs
    return numpy_layers.leaky_relu(convolve(unit.conv, x, 2))


class PatchHeadTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            PatchHead,
            {"filters": 3, "num_layers": 1},
            call_args=[random((2, 5, 8, 4))],
            output_shape=(2, 3, 4, 1),
            trainable=3 * 2 + 2,
            non_trainable=2,
            output_dtype="float32",
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
        )

    def test_training_equals_the_equations(self):
        features = random((3, 5, 8, 4))
        head = randomized(PatchHead(3), features.shape)
        x = first(head, features)
        for unit in head.middle.convs:
            x = normalize(unit.norm, convolve(unit.conv, x))
            x = numpy_layers.leaky_relu(x)
        expected = convolve(head.last, x)
        found = head(features, training=True)
        self.assert_close(found, expected, 2e-5)

    def test_without_normalization(self):
        features = random((3, 1, 2, 4))
        head = randomized(
            PatchHead(3, num_layers=1, normalization="none"), features.shape
        )
        (unit,) = head.middle.convs
        x = convolve(unit.conv, first(head, features))
        x = numpy_layers.leaky_relu(x)
        found = head(features, training=True)
        self.assert_close(found, convolve(head.last, x), 1e-5)

    def test_bad_arguments_are_named(self):
        for bad in ({"filters": 0}, {"num_layers": -1}, {"normalization": "x"}):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                PatchHead(**bad)
