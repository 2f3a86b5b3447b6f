import unittest
from unittest import mock

import numpy as np
import pytest

from keras_semsynth.metrics import FeatureStatistics
from keras_semsynth.metrics import frechet_distance
from tests import golden

EXACT = ("auto", "nuclear", "eigh", "sqrtm")


def features(count=40, dims=6, seed=0, scale=1.0, shift=0.0):
    random = np.random.RandomState(seed)
    return scale * random.standard_normal((count, dims)) + shift


def filled(x, keep_features=False):
    statistics = FeatureStatistics(keep_features)
    statistics.update(x)
    return statistics


class FrechetDistanceTest(unittest.TestCase):
    def test_in_one_dimension_it_is_the_textbook_formula(self):
        a, b = features(50, 1), features(30, 1, 1, 2.0, 0.5)
        expected = (a.mean() - b.mean()) ** 2
        expected += (a.std(ddof=1) - b.std(ddof=1)) ** 2
        for method in EXACT:
            self.assertAlmostEqual(frechet_distance(a, b, method), expected)

    def test_all_ways_agree_with_fewer_samples_than_dimensions(self):
        a, b = features(5, 20), features(7, 20, 1, 1.5)
        expected = frechet_distance(a, b, "nuclear")
        for method in ("eigh", "sqrtm"):
            self.assertAlmostEqual(
                frechet_distance(a, b, method) / expected, 1.0, 5
            )

    def test_a_shift_is_its_squared_length(self):
        a = features()
        for method in EXACT:
            self.assertAlmostEqual(frechet_distance(a, a + 2.0, method), 24.0)

    def test_identical_sets_have_distance_zero(self):
        for x in (features(), features(3, 8), np.ones((4, 3))):
            for method in EXACT:
                self.assertAlmostEqual(frechet_distance(x, x, method), 0.0, 6)

    def test_it_is_symmetric_and_blind_to_order(self):
        a, b = features(), features(20, seed=1, scale=0.3)
        for method in EXACT:
            value = frechet_distance(a, b, method)
            self.assertAlmostEqual(frechet_distance(b, a, method), value)
            self.assertAlmostEqual(frechet_distance(a[::-1], b, method), value)

    def test_moments_alone_will_do(self):
        a, b = features(), features(30, seed=1)
        expected = frechet_distance(a, b)
        for first in (filled(a), filled(a, True)):
            self.assertAlmostEqual(frechet_distance(first, filled(b)), expected)
        with self.assertRaisesRegex(ValueError, "use method='eigh'"):
            frechet_distance(filled(a), b, "nuclear")

    def test_many_features_go_by_their_moments(self):
        a, b = features(2100, 2), features(2050, 2, 1)
        with mock.patch.object(
            np.linalg, "svd", side_effect=AssertionError("2100 x 2050")
        ):
            value = frechet_distance(a, b)
        self.assertAlmostEqual(value, frechet_distance(a, b, "sqrtm"))

    def test_a_square_root_that_fails_is_tried_again_off_the_diagonal(self):
        from scipy import linalg

        a, b = features(3, 8), features(4, 8, 1)
        expected = frechet_distance(a, b, "sqrtm")
        original, calls = linalg.sqrtm, []

        def fails_once(x):
            calls.append(x)
            return original(x) if calls[1:] else np.full_like(x, np.nan)

        with mock.patch("scipy.linalg.sqrtm", fails_once):
            value = frechet_distance(a, b, "sqrtm")
        self.assertEqual(len(calls), 2)
        self.assertAlmostEqual(value, expected, 2)

    def test_bad_input_is_refused_in_one_sentence(self):
        a = features()
        for few in (a[:0], a[:1]):
            for pair in ((few, a), (a, few)):
                with self.assertRaisesRegex(ValueError, "at least two samples"):
                    frechet_distance(*pair)
        with self.assertRaisesRegex(ValueError, "at least two samples"):
            frechet_distance(FeatureStatistics(), a)
        with self.assertRaisesRegex(ValueError, "one width.* 6 and 4"):
            frechet_distance(a, features(dims=4))
        with self.assertRaisesRegex(ValueError, "1 of 40 samples"):
            frechet_distance(
                a, np.where(np.arange(240) == 3, np.nan, 0.0).reshape(40, 6)
            )
        with self.assertRaisesRegex(ValueError, "method='fast'"):
            frechet_distance(a, a, "fast")

    def test_without_scipy_the_extra_is_named(self):
        with mock.patch.dict("sys.modules", {"scipy": None}):
            with self.assertRaisesRegex(ImportError, r"keras_semsynth\[scipy"):
                frechet_distance(features(), features(), "sqrtm")


class FrechetDistanceGoldenTest(unittest.TestCase):
    CASES = (
        "plain",
        "rank_deficient",
        "dead_and_duplicate_columns",
        "identical",
        "tiny_variance",
    )
    NAMES = {"sqrtm": "fid", "nuclear": "fid_nuclear", "eigh": "fid_eigvals"}

    def compare(self, file, case, first, second, method, name):
        limit = 1e-5 if case == "rank_deficient" else 1e-6
        expected = float(file[f"out/{case}_{name}"])
        value = frechet_distance(first, second, method)
        error = abs(value - expected)
        print(f"{case} {method}: {value!r}, off by {error:.1e}")
        self.assertTrue(
            error <= 1e-6 or error <= limit * abs(expected),
            f"{case}, {method}: {value!r}, not {expected!r}",
        )

    def test_moments_and_distances_are_the_references(self):
        file = golden.Golden("eval_fid_values")
        for case in self.CASES:
            first, second = (file[f"in/{case}_{x}"] for x in "ab")
            statistics = filled(first)
            for name in ("mu", "sigma"):
                actual = getattr(
                    statistics, {"mu": "mean", "sigma": "covariance"}[name]
                )
                self.assertLess(
                    golden.error(actual, file[f"out/{case}_{name}_a"]), 1e-6
                )
            for method, name in self.NAMES.items():
                with self.subTest(case=case, method=method):
                    self.compare(file, case, first, second, method, name)
                    # All are one number, found in different ways.
                    self.compare(file, case, first, second, method, "fid")
            value = frechet_distance(first, second, "float32_oasis")
            expected = float(file[f"out/{case}_fid_oasis_float32"])
            self.assertLess(abs(value - expected), 1e-2 * abs(expected) + 1e-4)

    def inception_sized(self):
        file = golden.Golden("eval_fid_values")
        recipe = file.meta["inception_sized"]
        rank, dims = recipe["rank"], recipe["dim"]
        weights = np.random.RandomState(777).standard_normal((rank, dims))
        weights /= np.sqrt(rank)
        sets = []
        for count, seed, shift in (
            (recipe["n"], recipe["seed_a"], 0.0),
            (recipe["m"], recipe["seed_b"], recipe["shift_b"]),
        ):
            z = np.random.RandomState(seed).standard_normal((count, rank))
            x = np.maximum((z + shift) @ weights * 0.6 - 0.3, 0)
            sets.append(x.astype("float32"))
        np.testing.assert_allclose(
            sets[0][::97, ::211],
            file["in/inception_sized_probe_a"],
            rtol=1e-6,
            atol=1e-6,
        )
        return file, sets

    def test_500_samples_of_2048_dimensions(self):
        file, sets = self.inception_sized()
        self.compare(file, "inception_sized", *sets, "auto", "fid_nuclear")
        self.compare(file, "inception_sized", *sets, "auto", "fid")

    @pytest.mark.slow
    def test_500_samples_of_2048_dimensions_by_their_moments(self):
        file, sets = self.inception_sized()
        sets = [filled(x) for x in sets]
        for method in ("eigh", "sqrtm"):
            self.compare(file, "inception_sized", *sets, method, "fid")
        value = frechet_distance(*sets, "float32_oasis")
        expected = float(file["out/inception_sized_fid_oasis_float32"])
        self.assertLess(abs(value / expected - 1.0), 1e-2)
        # What rounding does to it: low, and by more than the digits printed.
        self.assertLess(value, float(file["out/inception_sized_fid"]))
