import keras

from keras_semsynth.layers.enlarged_convolution import convolve_enlarged
from tests import numpy_layers
from tests.layers.test_bilinear_resizing import numpy_bilinear
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def numpy_convolve_enlarged(x, kernel, height, width):
    """Enlarges, then convolves with zeros around."""
    enlarged = numpy_bilinear(x, height, width)
    return numpy_layers.convolution(enlarged, kernel, pad=len(kernel) // 2)


class _Convolve(keras.layers.Layer):
    """Of maps whose sizes are unknown until they come."""

    def call(self, x, kernel, like):
        height, width = keras.ops.shape(like)[1:3]
        return convolve_enlarged(x, kernel[0], height, width)

    def compute_output_spec(self, x, kernel, like):
        return keras.KerasTensor((None, None, None, kernel.shape[-1]))


class EnlargedConvolutionTest(SemsynthTestCase):
    def test_equals_the_convolution_of_the_enlarged_map(self):
        for size in (1, 3, 5):
            kernel = random((size, size, 4, 6), 1)
            for shape in ((1, 1), (2, 3), (8, 6)):
                with self.subTest(size=size, shape=shape):
                    x = random((2, *shape, 4))
                    expected = numpy_convolve_enlarged(x, kernel, 8, 6)
                    found = convolve_enlarged(x, kernel, 8, 6)
                    self.assert_close(found, expected, 3e-6)

    def test_dynamic_sizes(self):
        kernel = keras.Input((3, 3, 4, 2))
        inputs = keras.Input((None, None, 4)), kernel, keras.Input((None,) * 3)
        model = keras.Model(inputs, _Convolve()(*inputs))
        x, kernel = random((2, 2, 3, 4)), random((1, 3, 3, 4, 2), 1)
        arguments = [x, kernel.repeat(2, axis=0), random((2, 6, 9, 1))]
        found = model.predict(arguments, verbose=0)
        expected = numpy_convolve_enlarged(x, kernel[0], 6, 9)
        self.assert_close(found, expected, 3e-6)
