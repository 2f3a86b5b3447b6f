import unittest

import numpy as np
from keras import ops

from keras_semsynth.losses import kl_divergence
from keras_semsynth.losses import reparameterize
from tests import golden


class KLTest(unittest.TestCase):
    def test_a_standard_normal_code_has_no_divergence(self):
        zeros = np.zeros((3, 7), "float32")
        self.assertEqual(float(kl_divergence(zeros, zeros)), 0.0)

    def test_batch_and_dimensions_are_summed_not_averaged(self):
        random = np.random.RandomState(5)
        mean, log_variance = random.standard_normal((2, 3, 7)).astype("float32")
        expected = -0.5 * (1 + log_variance - mean**2 - np.exp(log_variance))
        np.testing.assert_allclose(
            ops.convert_to_numpy(kl_divergence(mean, log_variance)),
            expected.sum(),
            rtol=2e-6,
        )

    def test_noise_is_scaled_by_the_deviation_and_shifted_by_the_mean(self):
        mean = np.array([[1.0, -1.0]], "float32")
        log_variance = np.log(np.array([[4.0, 0.25]], "float32"))
        noise = np.array([[0.5, 2.0]], "float32")
        code = reparameterize(mean, log_variance, noise)
        np.testing.assert_allclose(
            ops.convert_to_numpy(code), [[2.0, 0.0]], atol=1e-6
        )

    def test_half_precision_codes_are_treated_in_float32(self):
        half = ops.cast(np.ones((1, 2)), "float16")
        for value in (kl_divergence(half, half), reparameterize(*[half] * 3)):
            self.assertEqual(str(ops.dtype(value)), "float32")


class KLGoldenTest(unittest.TestCase):
    def test_official_divergence_and_code(self):
        file = golden.Golden("spade_losses")
        mean, log_variance = file["in/mu"], file["in/logvar"]
        divergence = float(kl_divergence(mean, log_variance))
        # Limit for losses, 2e-5 relative.
        self.assertLess(
            golden.error(divergence, file["out/kld_unweighted"]), 2e-5
        )
        self.assertLess(
            golden.error(
                file.meta["lambda_kld"] * divergence, file["out/kld_weighted"]
            ),
            2e-5,
        )
        code = reparameterize(mean, log_variance, file["in/eps"])
        self.assertLess(
            golden.error(ops.convert_to_numpy(code), file["out/z"]), 1e-6
        )
