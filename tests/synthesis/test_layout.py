import dataclasses
import pickle
import unittest

import numpy as np

from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.synthesis import GeneratorInputs
from keras_semsynth.synthesis import Layout
from tests import finished_run

INPUTS = GeneratorInputs(3, (32, 64), size_multiple=32)
EDGES = dataclasses.replace(INPUTS, use_edge_map=True)


class LayoutTest(unittest.TestCase):
    def test_a_size_that_fits_stays_without_a_note(self):
        ids = finished_run.layout((64, 32))
        layout = Layout.fit(INPUTS, ids)
        np.testing.assert_array_equal(layout.label_map, ids)
        self.assertEqual((layout.size, layout.note), ((64, 32), None))
        self.assertIsNone(layout.edge_map)

    def test_another_size_is_brought_to_the_nearest_that_fits(self):
        ids = finished_run.layout((70, 90))
        for size, expected, note in (
            ("layout", (70, 90), "drawn at 96x64 and brought back"),
            ("network", (64, 96), r"drawn at 96x64 \("),
        ):
            layout = Layout.fit(INPUTS, ids, size=size)
            self.assertEqual(layout.network_size, (64, 96))
            self.assertEqual(layout.size, expected)
            self.assertRegex(layout.note, f"^90x70 layout was {note}")
        fixed = dataclasses.replace(INPUTS, fixed_size=True)
        self.assertEqual(Layout.fit(fixed, ids).network_size, (32, 64))
        self.assertEqual(Layout.fit(INPUTS, ids[:1, :1]).network_size, (32, 32))
        with self.assertRaisesRegex(ValueError, "size='photo'"):
            Layout.fit(INPUTS, ids, size="photo")

    def test_a_soft_layout_is_brought_to_a_size_like_its_ids(self):
        ids = finished_run.layout((70, 90))
        hard = Layout.fit(EDGES, ids)
        soft = Layout.fit(EDGES, np.eye(3, dtype="float32")[ids])
        np.testing.assert_array_equal(soft.label_map.argmax(-1), hard.label_map)
        np.testing.assert_array_equal(soft.edge_map, hard.edge_map)

    def test_boundaries_are_those_of_the_instances_or_else_of_the_classes(self):
        ids = finished_run.layout((32, 64))
        np.testing.assert_array_equal(
            Layout.fit(EDGES, ids).edge_map, edge_map_from_instances(ids)
        )
        instances = np.zeros((32, 64), int)
        self.assertFalse(Layout.fit(EDGES, ids, instances).edge_map.any())
        with self.assertRaisesRegex(ValueError, "size of the layout"):
            Layout.fit(EDGES, ids, instances[:16])
        with self.assertRaisesRegex(ValueError, "takes no edge map"):
            Layout.fit(INPUTS, ids, instances)

    def test_what_a_generator_takes_can_be_sent_without_it(self):
        sent = pickle.loads(pickle.dumps(EDGES))
        self.assertEqual(sent, EDGES)
        self.assertIs(GeneratorInputs.of(sent), sent)
        layout = pickle.loads(
            pickle.dumps(Layout.fit(sent, np.eye(40, dtype=int)))
        )
        self.assertEqual(layout.size, (40, 40))
