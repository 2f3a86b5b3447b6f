import keras
import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.layers import SpectralConv2D
from keras_semsynth.losses import GradientPenalty
from keras_semsynth.losses import RelativisticPairing
from keras_semsynth.losses import gradient_penalty
from keras_semsynth.losses import relativistic_pairing_loss
from keras_semsynth.losses.relativistic import image_scores
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import weight_gradients


def softplus(x):
    return np.log1p(np.exp(x))


class RelativisticPairingTest(SemsynthTestCase):
    fake = [random((2, 3, 4, 1)), random((2, 2, 2, 1), seed=1)]
    real = [random((2, 3, 4, 1), seed=2), random((2, 2, 2, 1), seed=3)]

    def test_a_player_wants_its_half_of_a_pair_to_win(self):
        for player, sign in (("discriminator", 1), ("generator", -1)):
            expected = np.mean(
                [
                    softplus(sign * (f - r)).mean()
                    for f, r in zip(self.fake, self.real, strict=True)
                ]
            )
            loss = relativistic_pairing_loss(self.fake, self.real, player)
            self.assert_close(loss, expected, 1e-6)
            term = RelativisticPairing(player, weight=3.0)
            self.assertEqual(term.player, player)
            seen = {"fake.scores": self.fake, "real.scores": self.real}
            self.assert_close(term(seen), expected, 1e-6)

    def test_what_is_wrong_is_named(self):
        with self.assertRaisesRegex(ValueError, "`player` must be one of"):
            relativistic_pairing_loss(self.fake, self.real, "real")
        with self.assertRaisesRegex(ValueError, "at least one tensor"):
            relativistic_pairing_loss([], [])
        with self.assertRaisesRegex(ValueError, "`on` must be one of"):
            GradientPenalty("both")


class GradientPenaltyTest(SemsynthTestCase):
    """Of `tanh` of a convolution over its largest singular value."""

    def setUp(self):
        self.image = random((2, 4, 5, 3))
        self.layer = SpectralConv2D(2, 1, use_bias=False)
        self.layer.build((None, None, None, 3))

    def term_value(self):
        def score(image):
            outputs = ops.tanh(self.layer(image, training=False))
            halved = outputs[:, ::2]
            return image_scores({"scores": [outputs, halved]})

        seen = {
            "score_gradients": lambda x: backend.input_gradients(score, x),
            "judged.real": ops.convert_to_tensor(self.image),
        }
        return GradientPenalty("real")(seen)

    def expected(self, kernel):
        """The same in NumPy's double precision, derived by hand."""
        left, right = (
            ops.convert_to_numpy(v).astype("float64")
            for v in (self.layer.left_vector, self.layer.right_vector)
        )
        matrix = kernel[0, 0]  # inputs, outputs
        matrix = matrix / (right @ matrix @ left)
        outputs = np.tanh(self.image.astype("float64") @ matrix)
        # How much each output counts in the score of its image.
        share = np.full(outputs.shape, 0.5 / outputs[0].size)
        share[:, ::2] += 0.5 / outputs[0, ::2].size
        gradient = (share * (1 - outputs**2)) @ matrix.T
        return 0.5 * (gradient**2).sum((1, 2, 3)).mean()

    def test_value_and_gradient_through_spectral_normalization(self):
        kernel = ops.convert_to_numpy(self.layer.kernel).astype("float64")
        self.assert_close(self.term_value(), self.expected(kernel), 1e-5)
        (found,) = weight_gradients(self.layer, self.term_value)
        expected = np.zeros_like(kernel)
        for place in np.ndindex(kernel.shape):
            step = np.zeros_like(kernel)
            step[place] = 1e-5
            rise = self.expected(kernel + step) - self.expected(kernel - step)
            expected[place] = rise / 2e-5
        self.assert_close(found, expected, 1e-4)

    def test_half_precision_is_summed_in_float32(self):
        gradient = ops.cast(random((1, 300, 300, 3)), "float16")
        value = gradient_penalty(gradient)
        self.assertEqual(
            keras.backend.standardize_dtype(value.dtype), "float32"
        )
        self.assertTrue(np.isfinite(ops.convert_to_numpy(value)))
