import numpy as np
from keras import ops

from keras_semsynth.layers import UNetResidualBlock
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def convolve(layer, x, spectral):
    """A "same" convolution in training mode, spectrally normalized or not."""
    kernel = ops.convert_to_numpy(layer.kernel).astype("float64")
    if spectral:
        matrix = kernel.reshape(-1, kernel.shape[-1]).T
        left = ops.convert_to_numpy(layer.left_vector).astype("float64")
        left, right = numpy_layers.power_iteration(matrix, left)
        kernel = kernel / (left @ matrix @ right)
    x = numpy_layers.convolution(x, kernel, pad=kernel.shape[0] // 2)
    return x + ops.convert_to_numpy(layer.bias) if layer.use_bias else x


def pool(x):
    batch, height, width, channels = x.shape
    cells = (batch, height // 2, 2, width // 2, 2, channels)
    return x.reshape(cells).mean((2, 4))


def double(x):
    return x.repeat(2, axis=1).repeat(2, axis=2)


def block_in_numpy(block, features):
    """The table of section 3 of the specification, in its order."""

    def conv(name, x):
        layer = getattr(block, name)
        return x if layer is None else convolve(layer, x, block.spectral)

    x = features
    if block.kind != "first":
        x = numpy_layers.leaky_relu(x)
    if block.kind == "up":
        x = double(x)
    x = conv("conv_1", x)
    x = conv("conv_2", numpy_layers.leaky_relu(x))
    if block.kind == "up":
        return conv("conv_s", double(features)) + x
    if block.kind == "first":
        return conv("conv_s", pool(features)) + pool(x)
    return pool(conv("conv_s", features)) + pool(x)


class UNetResidualBlockTest(SemsynthTestCase):
    def test_contract(self):
        for kind, size in (("down", (3, 4)), ("up", (12, 16))):
            with self.subTest(kind=kind):
                self.check_layer(
                    UNetResidualBlock,
                    {"filters": 5, "kind": kind},
                    call_args=[random((2, 6, 8, 3))],
                    output_shape=(2, *size, 5),
                    trainable=6,
                    non_trainable=6,
                    fit_policies=(),
                )

    def test_training_equals_the_equations(self):
        features = random((2, 4, 6, 3))
        for kind in ("first", "down", "up"):
            for filters, spectral in ((3, True), (5, True), (5, False)):
                with self.subTest(kind=kind, filters=filters):
                    block = UNetResidualBlock(filters, kind, spectral=spectral)
                    block.build(features.shape)
                    for seed, weight in enumerate(block.weights):
                        weight.assign(random(weight.shape, seed, scale=0.5))
                    expected = block_in_numpy(block, features)
                    found = block(features, training=True)
                    self.assert_close(found, expected, 1e-5)

    def test_only_a_first_block_convolves_an_equal_width(self):
        for kind in ("first", "down", "up"):
            block = UNetResidualBlock(3, kind)
            block.build((None, None, None, 3))
            self.assertEqual(block.conv_s is None, kind != "first")
            self.assertEqual(len(np.shape(block.conv_1.bias)), 1)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`filters` must be"):
            UNetResidualBlock(0, "up")
        with self.assertRaisesRegex(ValueError, "`kind` must be one of"):
            UNetResidualBlock(2, "last")
