import unittest

import numpy as np

from keras_semsynth.metrics import inception_score
from tests import golden


class InceptionScoreTest(unittest.TestCase):
    def test_sure_and_even_predictions_score_the_number_of_classes(self):
        logits = 1000.0 * np.tile(np.eye(5), (4, 1))
        self.assertAlmostEqual(inception_score(logits, 1)[0], 5.0)
        # Ten images in ten splits: each alone scores one.
        self.assertEqual(inception_score(logits[:10]), (1.0, 0.0))

    def test_equal_predictions_score_one(self):
        logits = np.tile(np.arange(7.0), (20, 1))
        mean, std = inception_score(logits)
        self.assertAlmostEqual(mean, 1.0)
        self.assertAlmostEqual(std, 0.0)

    def test_it_is_the_plain_formula(self):
        logits = np.random.RandomState(0).standard_normal((30, 4))
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        terms = (p * np.log(p / p.mean(0))).sum(1)
        self.assertAlmostEqual(
            inception_score(logits, 1)[0], np.exp(terms.mean())
        )

    def test_probabilities_that_underflow_do_no_harm(self):
        logits = np.array([[0.0, -2000.0, -1e5], [0.0, -3000.0, -1e5]])
        self.assertAlmostEqual(inception_score(logits, 1)[0], 1.0)

    def test_the_rest_is_spread_or_dropped(self):
        logits = np.random.RandomState(1).standard_normal((11, 3))
        halves = [inception_score(x, 1)[0] for x in (logits[:5], logits[5:])]
        mean, std = inception_score(logits, 2)
        self.assertAlmostEqual(mean, np.mean(halves))
        self.assertAlmostEqual(std, np.std(halves))
        self.assertEqual(
            inception_score(logits, 2, "drop"), inception_score(logits[:10], 2)
        )

    def test_bad_input_is_refused_in_one_sentence(self):
        logits = np.zeros((5, 3))
        for count, splits in ((5, 6), (0, 1), (5, 0)):
            with self.assertRaisesRegex(ValueError, f"{count} images and"):
                inception_score(logits[:count], splits)
        with self.assertRaisesRegex(ValueError, "NaN"):
            inception_score(np.full((5, 3), np.nan), 1)
        with self.assertRaisesRegex(ValueError, "samples, classes"):
            inception_score(np.zeros(3))
        with self.assertRaisesRegex(ValueError, "remainder='keep'"):
            inception_score(logits, 1, "keep")

    def test_official_scores(self):
        file = golden.Golden("eval_inception_score")
        for name in ("small", "wide"):
            for kind, remainder in (("tf", "spread"), ("torch", "drop")):
                for splits in (1, 10):
                    with self.subTest(name=name, kind=kind, splits=splits):
                        actual = inception_score(
                            file[f"in/{name}_logits"], splits, remainder
                        )
                        np.testing.assert_allclose(
                            actual,
                            file[f"out/{name}_{kind}_splits{splits}"],
                            rtol=1e-6,
                            atol=1e-12,
                        )
