import numpy as np

from keras_semsynth.layers import SpectralDense
from tests.layers.spectral_checks import SpectralChecks
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class SpectralDenseTest(SpectralChecks, SemsynthTestCase):
    layer_class = SpectralDense
    kwargs = {"units": 5}
    call_args = [random((3, 7))]

    def linear_map(self, kernel):
        return np.float64(self.call_args[0]) @ kernel

    def test_contract(self):
        self.check_layer(
            SpectralDense,
            {"units": 5, "activation": "tanh"},
            call_args=[random((3, 7))],
            output_shape=(3, 5),
            trainable=2,
            non_trainable=2,
        )
