import numpy as np
from keras import ops

from keras_semsynth.data import edge_map_from_instances
from keras_semsynth.layers.edge_map import edge_map_in_graph
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random_label_map


class EdgeMapInGraphTest(SemsynthTestCase):
    def test_both_sides_of_a_boundary_are_marked(self):
        instances = np.array(
            [[[7, 7, 7, 9], [7, 7, 7, 9], [7, 1, 7, 7]]], "int32"
        )
        expected = [[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]]
        found = ops.convert_to_numpy(edge_map_in_graph(instances))
        self.assertEqual(found.shape, (1, 3, 4, 1))
        self.assertEqual(found[0, :, :, 0].tolist(), expected)

    def test_equals_a_look_at_the_four_neighbours(self):
        instances = random_label_map((2, 9, 11), 3).astype("int64") + 24_000
        expected = np.zeros((2, 9, 11, 1))
        for image, y, x in np.ndindex(2, 9, 11):
            for v, w in [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]:
                if 0 <= v < 9 and 0 <= w < 11:
                    other = instances[image, v, w]
                    if other != instances[image, y, x]:
                        expected[image, y, x] = 1
        self.assert_close(edge_map_in_graph(instances), expected, 0)

    def test_a_single_instance_has_no_edges(self):
        found = ops.convert_to_numpy(
            edge_map_in_graph(np.full((1, 5, 6), 3, "int32"))
        )
        self.assertEqual(found.max(), 0)

    def test_the_data_room_has_the_same_edges(self):
        for seed in range(3):
            instances = random_label_map((2, 7, 12), 4, seed=seed)
            self.assert_close(
                edge_map_in_graph(instances),
                edge_map_from_instances(instances),
                0,
            )
