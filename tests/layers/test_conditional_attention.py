import numpy as np
from keras import ops

from keras_semsynth.layers import ConditionalAttention
from tests import numpy_layers
from tests.layers.test_conditional_predictor import prediction
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ConditionalAttentionTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ConditionalAttention,
            {"num_classes": 4, "extra_channels": 1, "hidden_filters": 5},
            call_args=[
                random((2, 5, 7, 3)),
                random_label_map((2, 10, 14), 4),
                random((2, 10, 14, 1)),
            ],
            output_shape=(2, 5, 7, 3),
            trainable=4,
            non_trainable=0,
        )

    def test_features_are_gated_by_the_sigmoid_of_the_prediction(self):
        features = random((2, 5, 7, 3))
        label_map = random_label_map((2, 11, 14), 4)
        extra_map = random((2, 11, 14, 2))
        layer = ConditionalAttention(4, extra_channels=2, hidden_filters=5)
        layer.build(features.shape)
        context = numpy_layers.resize_nearest(
            np.concatenate([one_hot_map(label_map, 4), extra_map], -1), 5, 7
        )
        logits = prediction(layer.predictor, context)
        self.assert_close(
            layer(features, label_map, extra_map),
            features / (1 + np.exp(-logits)),
            2e-6,
        )

    def test_before_training_half_of_every_feature_passes(self):
        layer = ConditionalAttention(4, kernel_initializer="zeros")
        features = random((1, 4, 4, 3))
        output = layer(features, random_label_map((1, 4, 4), 4))
        self.assert_close(ops.convert_to_numpy(output), features / 2, 1e-6)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"hidden_filters": 0}, "`hidden_filters` must be"),
            ({"extra_channels": -1}, "`extra_channels` must be"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                ConditionalAttention(**{"num_classes": 4, **bad})
