import numpy as np

from keras_semsynth.layers import ChannelAveragePooling
from keras_semsynth.layers.channel_average_pooling import channel_average_matrix
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class ChannelAveragePoolingTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ChannelAveragePooling,
            {"num_groups": 3},
            call_args=[random((2, 4, 5, 8))],
            output_shape=(2, 4, 5, 3),
            trainable=0,
            non_trainable=0,
            fits=False,
        )

    def test_groups_overlap_where_their_number_does_not_divide(self):
        features = random((2, 3, 4, 8))
        expected = np.stack(
            [
                features[..., first:end].mean(-1)
                for first, end in ((0, 3), (2, 6), (5, 8))
            ],
            -1,
        )
        self.assert_close(ChannelAveragePooling(3)(features), expected, 1e-6)
        groups = channel_average_matrix(512, 3) > 0
        self.assertEqual(
            [(int(g.argmax()), int(g.sum())) for g in groups.T],
            [(0, 171), (170, 172), (341, 171)],
        )

    def test_more_groups_than_channels_repeat_channels(self):
        features = random((1, 2, 2, 2))
        expected = features[..., [0, 0, 1, 1]]
        self.assert_close(ChannelAveragePooling(4)(features), expected, 1e-6)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`num_groups` must be"):
            ChannelAveragePooling(0)
