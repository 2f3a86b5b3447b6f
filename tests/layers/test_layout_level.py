import numpy as np
from keras import ops

from keras_semsynth.layers import layout_level
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class LayoutLevelTest(SemsynthTestCase):
    label_map = random_label_map((2, 8, 12), 5)

    def test_labels_and_what_lies_beside_them_keep_the_top_left_pixels(self):
        edge_map = random((2, 8, 12, 1))
        level = layout_level(self.label_map, edge_map, 4, 3)
        self.assertEqual(set(level), {"label_map", "extra_map"})
        np.testing.assert_array_equal(
            ops.convert_to_numpy(level["label_map"]),
            self.label_map[:, ::2, ::4],
        )
        np.testing.assert_array_equal(
            ops.convert_to_numpy(level["extra_map"]), edge_map[:, ::2, ::4]
        )

    def test_soft_labels_are_resized_like_ids(self):
        soft = layout_level(one_hot_map(self.label_map, 5), None, 4, 3)
        hard = layout_level(self.label_map, None, 4, 3)
        self.assertEqual(set(soft), {"label_map"})
        np.testing.assert_array_equal(
            ops.convert_to_numpy(soft["label_map"]).argmax(-1),
            ops.convert_to_numpy(hard["label_map"]),
        )

    def test_a_vector_has_no_size(self):
        vector = random((2, 3))
        level = layout_level(self.label_map, vector, 4, 3)
        np.testing.assert_array_equal(level["extra_map"], vector)

    def test_without_a_size_nothing_is_resized(self):
        level = layout_level(self.label_map)
        np.testing.assert_array_equal(level["label_map"], self.label_map)
