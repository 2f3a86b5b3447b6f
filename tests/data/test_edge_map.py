import unittest

import numpy as np

from keras_semsynth.data import edge_map_from_instances
from tests.golden import Golden


class EdgeMapTest(unittest.TestCase):
    def test_edges_equal_the_official_edge_channel(self):
        golden = Golden("spade_input_semantics")
        edges = edge_map_from_instances(golden["in/instance"][:, 0])
        expected = golden["out/semantics_with_edges"][:, -1]
        np.testing.assert_array_equal(edges[..., 0], expected)
        self.assertEqual(edges.dtype, np.float32)

    def test_both_sides_of_a_boundary_are_marked_and_borders_are_not(self):
        instances = np.zeros((4, 6), "int32")
        instances[:, 3:] = 70000
        edges = edge_map_from_instances(instances)
        expected = np.zeros((4, 6, 1))
        expected[:, 2:4] = 1
        np.testing.assert_array_equal(edges, expected)

    def test_one_instance_has_no_edges(self):
        self.assertEqual(edge_map_from_instances(np.ones((2, 3, 4))).sum(), 0)

    def test_a_vector_is_refused(self):
        with self.assertRaisesRegex(ValueError, "height, width"):
            edge_map_from_instances(np.ones(3))
