import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.layers import SPADE
from keras_semsynth.layers import ConditionedSPADE
from keras_semsynth.layers import SpatiallyConditionalNormalization
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

CHANNELS = 3
LAYERS = {
    "labels": (
        lambda **kwargs: SPADE(5, hidden_filters=4, **kwargs),
        {"label_map": random_label_map((2, 8, 6), 5)},
    ),
    "condition": (
        lambda **kwargs: ConditionedSPADE(4, **kwargs),
        {"condition": random((2, 8, 6, 4))},
    ),
    "vectors": (
        lambda **kwargs: SpatiallyConditionalNormalization(4, **kwargs),
        {"norm_vectors": random((2, 8, 6, 4))},
    ),
}


def of_some_training(layer):
    """Builds a layer with weights and statistics of its own."""
    layer.build((None, None, None, CHANNELS))
    for seed, variable in enumerate(layer.weights):
        value = random(variable.shape, seed)
        if variable.name == "moving_variance":
            value = 0.5 + np.abs(value)
        variable.assign(value)
    return layer


class FoldedStatisticsTest(SemsynthTestCase):
    def test_inference_gives_what_the_layer_gives(self):
        features = random((2, 8, 6, CHANNELS), 9)
        for name, (make, level) in LAYERS.items():
            with self.subTest(name):
                layer = of_some_training(make())
                expected = layer(features, level)
                with backend.inference():
                    self.assertTrue(layer.is_folded(training=False))
                    found = layer(features, level)
                self.assert_close(found, expected, 3e-6)
                self.assertFalse(layer.is_folded(training=False))

    def test_statistics_that_are_not_constant_stay(self):
        make, level = LAYERS["labels"]
        features = random((2, 8, 6, CHANNELS), 9)
        with backend.inference():
            self.assertFalse(of_some_training(make()).is_folded(training=True))
            for kwargs in (
                {"normalization": "instance"},
                {"dtype": "mixed_bfloat16"},
            ):
                layer = of_some_training(make(**kwargs))
                self.assertFalse(layer.is_folded(training=False))
                outputs = ops.convert_to_numpy(
                    ops.cast(layer(features, level), "float32")
                )
                self.assertTrue(np.isfinite(outputs).all())
