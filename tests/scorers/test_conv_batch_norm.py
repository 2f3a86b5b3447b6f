import numpy as np
from keras import ops

from keras_semsynth.scorers.conv_batch_norm import ConvBatchNorm
from keras_semsynth.scorers.conv_batch_norm import apply_chain
from keras_semsynth.scorers.conv_batch_norm import build_chain
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def fill(layer, seed=0):
    """Random weights; the variance positive."""
    generator = np.random.default_rng(seed)
    for weight in layer.weights:
        value = generator.standard_normal(weight.shape)
        weight.assign(np.abs(value) if "variance" in weight.path else value)


def dilated(kernel, dilation):
    """The kernel with zeros between its taps."""
    size = dilation * (len(kernel) - 1) + 1
    result = np.zeros((size, size, *kernel.shape[2:]))
    result[::dilation, ::dilation] = kernel
    return result


def numpy_unit(layer, x, strides, dilation):
    kernel, gamma, beta, mean, variance = (
        np.float64(ops.convert_to_numpy(weight)) for weight in layer.weights
    )
    kernel = dilated(kernel, dilation)
    x = numpy_layers.convolution(x, kernel, strides, len(kernel) // 2)
    x = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
    return np.maximum(x, 0) if layer.relu else x


class ConvBatchNormTest(SemsynthTestCase):
    def test_it_pads_every_side_alike_at_any_stride_and_dilation(self):
        x = random((2, 8, 11, 3))
        for kernel_size, strides, dilation, relu in (
            (3, 1, 1, True),
            (3, 2, 1, True),
            (3, 1, 4, False),
            (7, 2, 1, True),
            (1, 2, 1, False),
        ):
            with self.subTest(kernel_size=kernel_size, strides=strides):
                layer = ConvBatchNorm(5, kernel_size, strides, dilation, relu)
                layer.build(x.shape)
                fill(layer)
                expected = numpy_unit(layer, x, strides, dilation)
                self.assert_close(layer(x), expected, 1e-5)

    def test_a_chain_hands_channels_and_features_on(self):
        layers = [ConvBatchNorm(4, 3), ConvBatchNorm(6, 1)]
        self.assertEqual(build_chain(layers, 3), 6)
        for layer in layers:
            fill(layer)
        x = random((1, 5, 6, 3))
        expected = numpy_unit(layers[0], x, 1, 1)
        expected = numpy_unit(layers[1], expected, 1, 1)
        self.assert_close(apply_chain(layers, x), expected, 1e-5)
