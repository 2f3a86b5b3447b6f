import unittest

import numpy as np
from keras import ops

from keras_semsynth.losses import feature_matching_loss
from tests import golden


def random_features(seed, scales=2, layers=3):
    random = np.random.RandomState(seed)
    return [
        [
            random.standard_normal((2, 4 + s, 3, 5 + k)).astype("float32")
            for k in range(layers)
        ]
        for s in range(scales)
    ]


class FeatureMatchingLossTest(unittest.TestCase):
    def test_layers_are_summed_and_scales_averaged(self):
        fake, real = random_features(1), random_features(2)
        expected = np.mean(
            [
                sum(np.abs(f - r).mean() for f, r in zip(fs, rs, strict=True))
                for fs, rs in zip(fake, real, strict=True)
            ]
        )
        loss = ops.convert_to_numpy(feature_matching_loss(fake, real))
        np.testing.assert_allclose(loss, expected, rtol=2e-6)

    def test_gradient_reaches_the_fake_features_only(self):
        fake = np.array([[0.5, -2.0]], "float32")
        real = np.array([[1.0, -3.0]], "float32")

        def function(fake, real):
            loss = feature_matching_loss([[fake]], [[real]])
            # A graph that certainly reaches `real`, with gradient 0 there.
            loss = loss + 0.0 * ops.sum(real)
            return loss, loss

        _, (to_fake, to_real), _ = golden.gradients(function, [fake, real])
        np.testing.assert_allclose(to_fake, [[-0.5, 0.5]])
        np.testing.assert_allclose(to_real, [[0.0, 0.0]])

    def test_half_precision_features_are_compared_in_float32(self):
        # 2048 + 1 does not exist in float16, nor would the sum of 4096 ones.
        fake = ops.cast(np.full((1, 64, 64, 1), 2050.0), "float16")
        real = ops.cast(np.full((1, 64, 64, 1), 2048.0), "float16")
        loss = feature_matching_loss([[fake]], [[real]])
        self.assertEqual(str(ops.dtype(loss)), "float32")
        self.assertEqual(float(loss), 2.0)

    def test_different_structures_are_an_error_with_both_counts(self):
        fake, real = random_features(1), random_features(2, layers=2)
        with self.assertRaisesRegex(ValueError, r"\[3, 3\].*\[2, 2\]"):
            feature_matching_loss(fake, real)

    def test_no_features_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "at least one feature"):
            feature_matching_loss([[], []], [[], []])


class FeatureMatchingGoldenTest(unittest.TestCase):
    def test_official_value(self):
        file = golden.Golden("spade_losses")
        features = {
            kind: [
                [
                    file[f"in/{kind}_D{scale}_layer{layer}"]
                    for layer in range(file.meta["n_layers"])
                ]
                for scale in range(file.meta["num_D"])
            ]
            for kind in ("fake", "real")
        }
        loss = feature_matching_loss(features["fake"], features["real"])
        weighted = file.meta["lambda_feat"] * float(loss)
        # Limit for losses, 2e-5 relative.
        self.assertLess(
            golden.error(weighted, file["out/feature_matching"]), 2e-5
        )
