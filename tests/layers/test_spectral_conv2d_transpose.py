from keras_semsynth.layers import SpectralConv2DTranspose
from tests import numpy_layers
from tests.layers.spectral_checks import SpectralChecks
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class SpectralConv2DTransposeTest(SpectralChecks, SemsynthTestCase):
    layer_class = SpectralConv2DTranspose
    kwargs = {"filters": 5, "kernel_size": 3, "strides": 2}
    call_args = [random((2, 4, 5, 3))]
    output_axis = 2

    def linear_map(self, kernel):
        return numpy_layers.transposed_convolution(
            self.call_args[0], kernel, strides=2, drop_first=0, drop_last=0
        )

    def test_contract(self):
        self.check_layer(
            SpectralConv2DTranspose,
            {
                "filters": 5,
                "kernel_size": 4,
                "strides": 2,
                "padding": "same",
            },
            call_args=[random((2, 4, 5, 3))],
            output_shape=(2, 8, 10, 5),
            trainable=2,
            non_trainable=2,
        )
