import unittest

import numpy as np
from keras import ops

from keras_semsynth.losses import adversarial_loss
from keras_semsynth.losses import adversarial_terms
from tests import golden

MODES = {
    "hinge": "hinge",
    "ls": "least_squares",
    "original": "original",
    "w": "wasserstein",
}


def numpy_loss(mode, role, scores):
    """The table of the specification, transcribed."""
    sign = {"real": 1.0, "fake": -1.0, "generator": 1.0}[role]
    means = []
    for s in scores:
        s = np.asarray(s, "float64")
        if mode == "hinge" and role != "generator":
            value = np.maximum(0.0, 1.0 - sign * s)
        elif mode == "least_squares":
            value = (s - (0.0 if role == "fake" else 1.0)) ** 2
        elif mode == "original":
            value = np.log1p(np.exp(-sign * s))
        else:
            value = -sign * s
        means.append(value.mean())
    return np.mean(means)


class AdversarialLossTest(unittest.TestCase):
    def scores(self):
        random = np.random.RandomState(3)
        # Two scales of different size: the mean of means is not the mean.
        shapes = [(2, 5, 4, 1), (2, 3, 2, 1)]
        return [1.5 * random.standard_normal(s).astype("f4") for s in shapes]

    def test_every_mode_follows_the_table_of_the_specification(self):
        scores = self.scores()
        for mode in MODES.values():
            for side in ("real", "fake", "generator"):
                with self.subTest(mode=mode, side=side):
                    loss = adversarial_loss(scores, mode, side)
                    np.testing.assert_allclose(
                        ops.convert_to_numpy(loss),
                        numpy_loss(mode, side, scores),
                        rtol=2e-6,
                    )

    def test_certainty_is_the_mean_sign_on_real_pictures(self):
        scores = self.scores()
        for mode, boundary in (
            ("hinge", 0.0),
            ("original", 0.0),
            ("least_squares", 0.5),
        ):
            _, real, fake = adversarial_terms(mode)
            self.assertTrue(real.tells_certainty)
            self.assertFalse(fake.tells_certainty)
            expected = np.mean([np.sign(s - boundary).mean() for s in scores])
            self.assertLess(abs(expected), 0.5)
            found = ops.convert_to_numpy(real.certainty(scores))
            np.testing.assert_allclose(found, expected, rtol=1e-5)
        # Its scores have no boundary.
        _, real, _ = adversarial_terms("wasserstein")
        self.assertFalse(real.tells_certainty)

    def test_extreme_logits_stay_finite_with_finite_gradients(self):
        def function(score):
            total = sum(
                adversarial_loss([score], "original", side)
                for side in ("generator", "fake")
            )
            return total, total

        score = np.array([[-500.0, 0.0, 500.0]], "float32")
        value, (gradient,), _ = golden.gradients(function, [score])
        np.testing.assert_allclose(value, (1000 + 2 * np.log(2)) / 3, rtol=1e-6)
        np.testing.assert_allclose(gradient, [[-1 / 3, 0.0, 1 / 3]], atol=1e-6)

    def test_half_precision_scores_give_a_float32_loss(self):
        scores = [ops.cast(s, "float16") for s in self.scores()]
        loss = adversarial_loss(scores, "hinge", "real")
        self.assertEqual(str(ops.dtype(loss)), "float32")

    def test_a_single_tensor_is_one_scale(self):
        score = self.scores()[0]
        self.assertEqual(
            float(adversarial_loss(score)), float(adversarial_loss([score]))
        )

    def test_an_unknown_mode_is_an_error_that_lists_the_modes(self):
        with self.assertRaisesRegex(ValueError, "least_squares.*'lsgan'"):
            adversarial_terms("lsgan")

    def test_no_scores_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "one tensor a scale"):
            adversarial_loss([])


class AdversarialGoldenTest(unittest.TestCase):
    def test_official_values_and_gradients_of_all_modes(self):
        file = golden.Golden("spade_losses")
        last = file.meta["n_layers"]
        scores = {
            kind: [
                file[f"in/{kind}_D{i}_layer{last}"]
                for i in range(file.meta["num_D"])
            ]
            for kind in ("fake", "real")
        }
        for official, mode in MODES.items():
            cases = {
                "G": ("generator", "fake"),
                "D_fake": ("fake", "fake"),
                "D_real": ("real", "real"),
            }
            for name, (side, kind) in cases.items():
                with self.subTest(mode=mode, term=name):
                    case = f"{official}/{name}"
                    self.check(file, case, mode, side, scores[kind])

    def check(self, file, case, mode, side, scores):
        def function(*scores):
            value = adversarial_loss(list(scores), mode, side)
            return value, value

        value, gradients, _ = golden.gradients(function, scores)
        # Limit for losses, 2e-5 relative.
        self.assertLess(golden.error(value, file[f"out/{case}"]), 2e-5)
        expected = file.under(f"grad/{case}/")
        self.assertTrue(expected, "the file holds no gradient of this case")
        for key, gradient in expected.items():
            actual = gradients[int(key.removeprefix("score"))]
            # Far below the suggested 5e-3: nothing accumulates here.
            self.assertLess(golden.relative_l2(actual, gradient), 1e-5, key)
