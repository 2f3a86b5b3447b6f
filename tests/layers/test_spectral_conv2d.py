from unittest import mock

from keras_semsynth.layers import SpectralConv2D
from keras_semsynth.layers import spectral_conv2d
from tests import numpy_layers
from tests.layers.spectral_checks import SpectralChecks
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class SpectralConv2DTest(SpectralChecks, SemsynthTestCase):
    layer_class = SpectralConv2D
    kwargs = {"filters": 5, "kernel_size": 3, "strides": 2}
    call_args = [random((2, 7, 11, 3))]

    def linear_map(self, kernel):
        return numpy_layers.convolution(self.call_args[0], kernel, strides=2)

    def test_contract(self):
        self.check_layer(
            SpectralConv2D,
            {"filters": 5, "kernel_size": 3, "strides": 2},
            call_args=[random((2, 7, 11, 3))],
            output_shape=(2, 3, 5, 5),
            trainable=2,
            non_trainable=2,
        )

    def test_contract_without_bias(self):
        self.check_layer(
            SpectralConv2D,
            {"filters": 5, "kernel_size": 1, "use_bias": False},
            call_args=[random((2, 5, 3, 4))],
            output_shape=(2, 5, 3, 5),
            trainable=1,
            non_trainable=2,
        )


class LargeKernelTest(SpectralChecks, SemsynthTestCase):
    """Where the result is divided by sigma, not the kernel."""

    layer_class = SpectralConv2D
    kwargs = SpectralConv2DTest.kwargs
    call_args = SpectralConv2DTest.call_args
    linear_map = SpectralConv2DTest.linear_map

    def setUp(self):
        super().setUp()
        size = mock.patch.object(spectral_conv2d, "LARGE_KERNEL", 1)
        size.start()
        self.addCleanup(size.stop)
