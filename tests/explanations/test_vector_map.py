import sys
import unittest
from unittest import mock

import numpy as np

from keras_semsynth.explanations import vector_map


class VectorMapTest(unittest.TestCase):
    def test_groups_of_vectors_stay_groups(self):
        random = np.random.default_rng(0)
        centres = np.repeat(10 * np.eye(3, 8), 12, axis=0)
        vectors = centres + random.normal(size=centres.shape)
        points = vector_map(vectors, seed=1)
        self.assertEqual(points.shape, (36, 2))
        groups = points.reshape(3, 12, 2)
        middles = groups.mean(1)
        for own, group in enumerate(groups):
            distances = np.linalg.norm(group[:, None] - middles, axis=-1)
            np.testing.assert_array_equal(distances.argmin(1), own)
        np.testing.assert_array_equal(points, vector_map(vectors, seed=1))

    def test_two_vectors_are_enough(self):
        self.assertEqual(vector_map(np.eye(2, 3)).shape, (2, 2))

    def test_a_missing_package_is_named_with_its_extra(self):
        with mock.patch.dict(sys.modules, {"sklearn.manifold": None}):
            with self.assertRaisesRegex(ImportError, r"keras_semsynth\[vis\]"):
                vector_map(np.eye(3))
