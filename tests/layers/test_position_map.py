import numpy as np
from keras import ops

from keras_semsynth.layers import position_map
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random_label_map


def positions_in_numpy(label_map, num_classes):
    """Offsets from the mean pixel of the class over the greatest of them."""
    result = np.zeros((*label_map.shape, 2))
    for ids, offsets in zip(label_map, result, strict=True):
        for k in range(num_classes):
            pixels = np.argwhere(ids == k)
            if len(pixels):
                distance = pixels - pixels.mean(axis=0)
                greatest = np.abs(distance).max(axis=0)
                offsets[ids == k] = np.divide(
                    distance,
                    greatest,
                    out=np.zeros_like(distance),
                    where=greatest > 0,
                )
    return result


class PositionMapTest(SemsynthTestCase):
    # Ids -1 and 4 are foreign; class 3 lies in the second map only, in a row.
    label_map = random_label_map((2, 9, 14), 5, seed=1) - 1
    label_map[label_map == 3] = 4
    label_map[1, 2, 3:8] = 3

    def test_it_equals_the_equation(self):
        found = position_map(self.label_map, 4)
        self.assertEqual(tuple(found.shape), (2, 9, 14, 2))
        self.assert_close(found, positions_in_numpy(self.label_map, 4), 1e-6)

    def test_it_says_down_and_right(self):
        found = ops.convert_to_numpy(position_map(np.zeros((1, 3, 5), int), 1))
        self.assert_close(found[0, :, 2, 0], np.array([-1, 0, 1]), 1e-6)
        self.assert_close(found[0, 1, :, 1], np.linspace(-1, 1, 5), 1e-6)

    def test_foreign_ids_and_areas_of_one_row_have_no_offset(self):
        found = ops.convert_to_numpy(position_map(self.label_map, 4))
        foreign = (self.label_map < 0) | (self.label_map > 3)
        self.assertTrue(foreign.any())
        self.assertTrue(np.all(found[foreign] == 0))
        self.assertTrue(np.all(found[self.label_map == 3][:, 0] == 0))
        self.assertTrue(np.any(found[self.label_map == 3][:, 1] != 0))

    def test_the_heaviest_of_soft_labels_counts(self):
        ids = np.clip(self.label_map, 0, 3)
        soft = 0.2 + 0.5 * one_hot_map(ids, 4)
        self.assert_close(position_map(soft, 4), position_map(ids, 4), 1e-6)
