import keras
import numpy as np
from keras import ops

from keras_semsynth.layers import InitializedNetwork
from tests.semsynth_test_case import SemsynthTestCase


class InitializedNetworkTest(SemsynthTestCase):
    def test_every_layer_draws_values_of_its_own(self):
        network = InitializedNetwork(initializer_gain=0.5)
        kernels = []
        for name in ("first", "second"):
            layer = keras.layers.Dense(64, **network.options(name))
            layer.build((None, 64))
            kernels.append(ops.convert_to_numpy(layer.kernel))
            self.assertEqual(layer.name, name)
        # `gain * sqrt(2 / (fan_in + fan_out))`
        self.assertAlmostEqual(kernels[0].std(), 0.5 / 8, delta=0.003)
        self.assertGreater(np.abs(kernels[0] - kernels[1]).max(), 0.01)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`initializer` must be one"):
            InitializedNetwork(initializer="he")
        with self.assertRaisesRegex(ValueError, "`initializer_gain` must be"):
            InitializedNetwork(initializer_gain=0.0)
