import numpy as np
from keras import ops

from keras_semsynth.layers import convolution
from keras_semsynth.layers import kernel_initializer
from keras_semsynth.layers import label_convolution
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ConvolutionTest(SemsynthTestCase):
    def test_all_products_are_built_and_take_training(self):
        features = random((2, 5, 7, 3))
        label_map = random_label_map((2, 5, 7), 3)
        for make, inputs in (
            (convolution, features),
            (label_convolution, label_map),
        ):
            for spectral in (False, True):
                layer = make(3, 4, 3, spectral=spectral)
                self.assertTrue(layer.built)
                output = layer(inputs, training=True)
                self.assertEqual(tuple(output.shape), (2, 5, 7, 4))

    def test_one_initializer_gives_every_kernel_its_own_values(self):
        initializer = kernel_initializer("normal")
        for make in (convolution, label_convolution):
            first, second = (
                ops.convert_to_numpy(
                    make(3, 4, 3, kernel_initializer=initializer).kernel
                )
                for _ in range(2)
            )
            self.assertGreater(np.abs(first - second).max(), 1e-3)
