import os
import pathlib
import tempfile
import unittest
from unittest import mock

import numpy as np

from keras_semsynth.evaluation import features
from keras_semsynth.evaluation.features import FeatureExtractor
from keras_semsynth.evaluation.features import real_statistics
from tests.evaluation.fake_scorer import GreyScorer


class FakeTargets:
    def __init__(self, name):
        self.name = name

    def describe(self):
        return {"dataset": self.name, "images": 20}


class FeaturesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "statistics"
        random = np.random.default_rng(0)
        self.images = random.integers(0, 256, (20, 8, 8, 3), dtype="uint8")
        self.scorer = GreyScorer()
        self.extractor = FeatureExtractor(
            "grey", self.scorer.features, self.scorer.describe()
        )

    def statistics(self, name="a", size=(8, 8), **options):
        return real_statistics(
            self.extractor,
            FakeTargets(name),
            size,
            self.folder,
            lambda: iter([self.images[:13], self.images[13:]]),
            **options,
        )

    def made(self, *arguments, **options):
        """How often the network was asked."""
        calls = self.scorer.calls
        self.statistics(*arguments, **options)
        return self.scorer.calls - calls

    def test_features_of_real_images_are_kept(self):
        first = self.statistics()
        self.assertEqual(self.made(), 0)
        again = self.statistics(with_features=True)
        np.testing.assert_allclose(again.covariance, first.covariance)
        np.testing.assert_array_equal(
            again.features, self.scorer.features(self.images)
        )
        # Another dataset, size or network is another ruler.
        self.assertEqual(self.made("b"), 2)
        self.assertEqual(self.made(size=(4, 4)), 2)
        self.extractor.ruler = {"network": "another"}
        self.assertEqual(self.made(), 2)

    def test_a_broken_file_is_measured_anew(self):
        self.statistics()
        (path,) = self.folder.iterdir()
        path.write_bytes(b"no archive")
        self.assertEqual(self.made(), 2)
        self.assertEqual(self.made(), 0)
        # One bit is told, too: archives have checksums.
        content = bytearray(path.read_bytes())
        content[-600] ^= 1
        path.write_bytes(content)
        self.assertEqual(self.made(), 2)

    def test_a_file_of_other_images_is_measured_anew(self):
        self.statistics("a")
        (of_a,) = self.folder.iterdir()
        self.statistics("b")
        (of_b,) = set(self.folder.iterdir()) - {of_a}
        of_b.replace(of_a)
        self.assertEqual(self.made("a"), 2)

    def test_of_very_many_images_moments_alone_are_kept(self):
        with mock.patch.object(features, "MOST_FILE_BYTES", 1000):
            self.statistics()
        self.assertEqual(self.made(), 0)
        self.assertEqual(self.made(with_features=True), 2)

    def test_the_files_used_longest_ago_make_room(self):
        self.statistics("a")
        (of_a,) = self.folder.iterdir()
        size = of_a.stat().st_size
        self.statistics("b")
        (of_b,) = set(self.folder.iterdir()) - {of_a}
        mine = self.folder / "mine.npz"
        mine.write_bytes(bytes(size))
        for path, age in ((of_b, 100), (of_a, 200), (mine, 300)):
            os.utime(path, (10**9 - age,) * 2)
        # Read once more, `a` is the newer one.
        self.statistics("a")
        with mock.patch.object(features, "MOST_FOLDER_BYTES", 2.5 * size):
            self.statistics("c")
        self.assertTrue(of_a.exists() and mine.exists())
        self.assertFalse(of_b.exists())
