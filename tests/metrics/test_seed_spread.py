import unittest

from keras_semsynth.metrics import seed_spread
from tests import golden


class SeedSpreadTest(unittest.TestCase):
    def test_both_divisors_are_given(self):
        spread = seed_spread([1.0, 2.0, 6.0])
        self.assertEqual(spread["values"], [1.0, 2.0, 6.0])
        self.assertAlmostEqual(spread["mean"], 3.0)
        self.assertAlmostEqual(spread["variance_ddof0"], 14 / 3)
        self.assertAlmostEqual(spread["variance_ddof1"], 7.0)
        self.assertAlmostEqual(spread["std_ddof1"], 7.0**0.5)

    def test_one_value_has_no_sample_variance(self):
        spread = seed_spread([5.0])
        self.assertEqual((spread["mean"], spread["std_ddof0"]), (5.0, 0.0))
        self.assertIsNone(spread["variance_ddof1"])
        self.assertIsNone(spread["std_ddof1"])

    def test_bad_input_is_refused_in_one_sentence(self):
        with self.assertRaisesRegex(ValueError, "at least one score"):
            seed_spread([])
        with self.assertRaisesRegex(ValueError, "NaN"):
            seed_spread([1.0, float("nan")])

    def test_reference_values(self):
        file = golden.Golden("eval_fid_values")
        spread = seed_spread(file["in/seeds_fid"])
        for name, key in (
            ("mean", "mean"),
            ("variance_ddof0", "var_ddof0"),
            ("variance_ddof1", "var_ddof1"),
            ("std_ddof0", "std_ddof0"),
        ):
            self.assertAlmostEqual(
                spread[name], float(file[f"out/seeds_{key}"]), 9
            )
