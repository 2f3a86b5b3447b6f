import numpy as np

from keras_semsynth.layers.average_pyramid import average_pyramid
from keras_semsynth.layers.average_pyramid import halve_overlapping
from keras_semsynth.layers.average_pyramid import label_map_pyramid
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class AveragePyramidTest(SemsynthTestCase):
    def test_a_level_averages_the_blocks_of_the_one_before(self):
        x = random((2, 8, 12, 3))
        levels = average_pyramid(x, 3)
        self.assertEqual(len(levels), 3)
        for level, cell in zip(levels, (1, 2, 4), strict=True):
            blocks = x.reshape(2, 8 // cell, cell, 12 // cell, cell, 3)
            self.assert_close(level, blocks.mean((2, 4)), 1e-6)

    def test_overlapping_windows_leave_out_what_lies_outside(self):
        level = average_pyramid(random((1, 5, 6, 2)), 2, halve_overlapping)[1]
        self.assertEqual(tuple(level.shape), (1, 3, 3, 2))
        ones = np.ones((1, 5, 6, 2), "float32")
        self.assert_close(halve_overlapping(ones), ones[:, :3, :3], 1e-6)

    def test_only_the_first_level_of_a_label_map_is_ids(self):
        label_map = random_label_map((2, 8, 12), 4)
        first, *soft = label_map_pyramid(label_map, 4, 3, "float32")
        self.assertIs(first, label_map)
        expected = average_pyramid(one_hot_map(label_map, 4), 3)[1:]
        for ours, theirs in zip(soft, expected, strict=True):
            self.assert_close(ours, theirs, 1e-6)
