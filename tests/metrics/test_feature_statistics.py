import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.metrics import FeatureStatistics


def features(count=40, dims=6, seed=0):
    random = np.random.RandomState(seed)
    return random.standard_normal((count, dims)).astype("float32") + 3.0


def filled(batches, keep_features=True):
    statistics = FeatureStatistics(keep_features)
    for batch in batches:
        statistics.update(batch)
    return statistics


class FeatureStatisticsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "statistics.npz"

    def assertMoments(self, statistics, x, limit=1e-13):
        x = np.asarray(x, "float64")
        np.testing.assert_allclose(statistics.mean, x.mean(0), rtol=limit)
        expected = np.cov(x, rowvar=False)
        np.testing.assert_allclose(
            statistics.covariance, expected, rtol=1e-9, atol=limit
        )

    def test_moments_are_those_of_numpy_however_the_batches_fall(self):
        x = features()
        for keep in (True, False):
            for cuts in ([], [1], [1, 2, 39], [20], [0, 13, 13]):
                with self.subTest(keep=keep, cuts=cuts):
                    statistics = filled(np.split(x, cuts), keep)
                    self.assertEqual(statistics.count, 40)
                    self.assertMoments(statistics, x)

    def test_moments_may_be_asked_for_between_batches(self):
        x = features()
        statistics = filled([x[:7]])
        self.assertMoments(statistics, x[:7])
        statistics.update(x[7:])
        self.assertMoments(statistics, x)
        np.testing.assert_array_equal(statistics.features, x)

    def test_many_batches_without_features_take_the_memory_of_one(self):
        x = features(3000, 4)
        statistics = filled(np.split(x, 30), keep_features=False)
        self.assertLess(sum(map(len, statistics._waiting)), 512)
        self.assertIsNone(statistics.features)
        self.assertMoments(statistics, x, 1e-12)

    def test_a_large_offset_costs_no_precision(self):
        # The textbook sum of squares would lose all digits.
        x = features().astype("float64") + 1e8
        for keep in (True, False):
            statistics = filled(np.split(x, 4), keep)
            np.testing.assert_allclose(
                statistics.covariance, np.cov(x, rowvar=False), rtol=1e-6
            )

    def test_a_file_brings_everything_back(self):
        x = features()
        for keep in (True, False):
            with self.subTest(keep=keep):
                statistics = filled([x], keep)
                statistics.save(self.path, protocol="spade", images=40)
                copy = FeatureStatistics.load(self.path)
                self.assertEqual(copy.count, 40)
                self.assertEqual(copy.info["protocol"], "spade")
                self.assertMoments(copy, x)
                self.assertEqual(copy.features is not None, keep)
                copy.update(features(5, seed=1))
                self.assertMoments(
                    copy, np.concatenate([x, features(5, seed=1)])
                )
        with np.load(self.path) as file:
            self.assertLessEqual({"mu", "sigma", "n", "info"}, set(file.files))
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])

    def test_a_file_of_another_tool_is_read(self):
        np.savez(self.path, mu=np.zeros(3, "float32"), sigma=np.eye(3))
        statistics = FeatureStatistics.load(self.path)
        self.assertIsNone(statistics.count)
        self.assertEqual((statistics.dims, statistics.info), (3, {}))
        np.testing.assert_array_equal(statistics.covariance, np.eye(3))
        with self.assertRaisesRegex(ValueError, "does not say how many"):
            statistics.update(features(2, 3))

    def test_bad_files_are_errors(self):
        self.path.write_bytes(b"PK no archive")
        with self.assertRaisesRegex(ValueError, "Cannot read .*statistics"):
            FeatureStatistics.load(self.path)
        np.savez(self.path, mean=np.zeros(3))
        with self.assertRaisesRegex(ValueError, r"\['mean'\].*'mu' and"):
            FeatureStatistics.load(self.path)
        np.savez(self.path, mu=np.zeros(3), sigma=np.eye(4))
        with self.assertRaisesRegex(ValueError, r"\(4, 4\)"):
            FeatureStatistics.load(self.path)
        np.savez(self.path, mu=np.full(3, np.nan), sigma=np.eye(3))
        with self.assertRaisesRegex(ValueError, "NaN"):
            FeatureStatistics.load(self.path)

    def test_bad_features_are_refused_in_one_sentence(self):
        statistics = filled([features()])
        bad = features(4)
        bad[1, 2] = np.nan
        bad[3, 0] = np.inf
        with self.assertRaisesRegex(ValueError, "2 of 4 samples.*NaN"):
            statistics.update(bad)
        with self.assertRaisesRegex(ValueError, "6 features .* 5"):
            statistics.update(features(4, 5))
        with self.assertRaisesRegex(ValueError, r"\(batch, dims\)"):
            statistics.update(np.zeros(3))
        self.assertEqual(statistics.count, 40)

    def test_too_few_samples_are_refused(self):
        for keep in (True, False):
            empty = FeatureStatistics(keep)
            with self.assertRaisesRegex(ValueError, "at least 1 .* 0"):
                _ = empty.mean
            single = filled([features(1)], keep)
            self.assertEqual(single.mean.shape, (6,))
            with self.assertRaisesRegex(ValueError, "at least 2 .* 1"):
                _ = single.covariance
