import keras
from keras import ops

from keras_semsynth.layers.doubled_convolution import convolve_doubled
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random

SIZES = ((1, 1), (1, 4), (3, 2), (5, 7), (8, 6))


def numpy_convolve_doubled(x, kernel):
    """Repeats rows and columns, then convolves with zeros around."""
    doubled = x.repeat(2, axis=1).repeat(2, axis=2)
    return numpy_layers.convolution(doubled, kernel, pad=1)


class _Convolve(keras.layers.Layer):
    """Of maps whose sizes are unknown until they come."""

    def call(self, x, kernel):
        return convolve_doubled(x, kernel[0])

    def compute_output_spec(self, x, kernel):
        return keras.KerasTensor((None, None, None, kernel.shape[-1]))


class DoubledConvolutionTest(SemsynthTestCase):
    def test_equals_the_convolution_of_the_doubled_map(self):
        kernel = random((3, 3, 4, 6), 1)
        for size in SIZES:
            with self.subTest(size=size):
                x = random((2, *size, 4))
                found = convolve_doubled(x, kernel)
                expected = numpy_convolve_doubled(x, kernel)
                self.assert_close(found, expected, 3e-6)

    def test_equals_upsampling_and_convolving(self):
        upsample = keras.layers.UpSampling2D(2, data_format="channels_last")
        kernel = random((3, 3, 32, 8), 1, scale=0.1)
        for size in SIZES:
            with self.subTest(size=size):
                x = random((3, *size, 32))
                expected = ops.conv(
                    upsample(x),
                    kernel,
                    padding="same",
                    data_format="channels_last",
                )
                found = convolve_doubled(x, kernel)
                self.assert_close(found, expected, 3e-6)

    def test_dynamic_sizes(self):
        kernel = random((1, 3, 3, 4, 2), 1)
        inputs = keras.Input((None, None, 4)), keras.Input((3, 3, 4, 2))
        model = keras.Model(inputs, _Convolve()(*inputs))
        for size in ((2, 3), (5, 4)):
            x = random((2, *size, 4))
            arguments = [x, kernel.repeat(2, axis=0)]
            found = model.predict(arguments, verbose=0)
            expected = numpy_convolve_doubled(x, kernel[0])
            self.assert_close(found, expected, 3e-6)
