import numpy as np

from keras_semsynth.layers import SpectralLabelConv2D
from tests import numpy_layers
from tests.layers.spectral_checks import SpectralChecks
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class SpectralLabelConv2DTest(SpectralChecks, SemsynthTestCase):
    layer_class = SpectralLabelConv2D
    kwargs = {
        "filters": 4,
        "kernel_size": 3,
        "num_classes": 5,
        "extra_channels": 2,
    }
    call_args = [random_label_map((2, 6, 7), 5), random((2, 6, 7, 2))]

    def linear_map(self, kernel):
        label_map, extra_map = self.call_args
        joined = np.concatenate([one_hot_map(label_map, 5), extra_map], -1)
        return numpy_layers.convolution(joined, kernel, pad=1)

    def test_contract(self):
        self.check_layer(
            SpectralLabelConv2D,
            self.kwargs,
            call_args=self.call_args,
            output_shape=(2, 6, 7, 4),
            trainable=2,
            non_trainable=2,
        )
