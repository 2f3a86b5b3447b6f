import unittest

import numpy as np
from keras import ops

from keras_semsynth.losses import label_mix_loss
from keras_semsynth.losses import label_mix_mask
from keras_semsynth.losses import mix
from tests import golden
from tests import golden_networks
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

LIMIT = 2e-5


class LabelMixTest(unittest.TestCase):
    def test_a_class_is_real_or_generated_as_a_whole(self):
        label_map = random_label_map((2, 5, 7), 4)
        coins = np.array([True, False, False, True])
        mask = ops.convert_to_numpy(label_mix_mask(label_map, coins))
        self.assertEqual(mask.shape, (2, 5, 7, 1))
        expected = (label_map == 0) | (label_map == 3)
        np.testing.assert_array_equal(mask[..., 0], expected)

    def test_the_reference_couples_the_first_two_classes(self):
        label_map = random_label_map((2, 5, 7), 4)
        without = np.where(label_map == 1, 2, label_map)
        for first, second in np.ndindex(2, 2):
            coins = np.array([first, second, 1, 0])
            for ids, coin in ((label_map, first * second), (without, first)):
                mask = label_mix_mask(ids, coins, reference=True)
                mask = ops.convert_to_numpy(mask)[..., 0]
                expected = np.array([coin, second, 1, 0])[ids]
                np.testing.assert_array_equal(mask, expected)

    def test_equals_the_equation(self):
        mixed, real, fake = (random((2, 5, 7, 3), seed) for seed in range(3))
        mask = np.float32(random((2, 5, 7, 1), 3) > 0)
        expected = mixed - (mask * real + (1 - mask) * fake)
        found = label_mix_loss(mixed, real, fake, mask)
        self.assertLess(golden.error(found, np.mean(expected**2)), 1e-6)
        # Equation 8 as printed, for each image of the batch.
        norms = [np.linalg.norm(image) ** 2 for image in expected]
        found = label_mix_loss(mixed, real, fake, mask, "sum")
        self.assertLess(golden.error(found, np.mean(norms)), 1e-6)
        with self.assertRaisesRegex(ValueError, "`reduction` must be one of"):
            label_mix_loss(mixed, real, fake, mask, "norm")


class LabelMixGoldenTest(unittest.TestCase):
    def setUp(self):
        self.file = golden_networks.NetworkFile("oasis_losses")
        self.label_map = self.file.label_map("in/lm_label")
        self.coins = np.zeros(6, bool)
        self.coins[self.file["in/lm_classes"]] = self.file["in/lm_coin_flips"]

    def test_both_masks(self):
        for name, reference in (("official", True), ("independent", False)):
            mask = label_mix_mask(self.label_map, self.coins, reference)
            np.testing.assert_array_equal(
                golden.to_first(mask), self.file[f"out/lm_mask_{name}"]
            )

    def test_mixed_image_loss_and_gradients(self):
        file = self.file
        # Which of the two masks the file mixed by.
        masks = {
            name: golden.to_last(file[f"out/lm_mask_{name}"])
            for name in ("official", "independent")
        }
        real, fake = (
            golden.to_last(file[f"in/lm_{name}"]) for name in ("real", "fake")
        )
        mask = masks["official"]
        mixed = golden.to_first(mix(mask, ops.convert_to_tensor(real), fake))
        np.testing.assert_array_equal(mixed, file["out/lm_mixed"])
        names = ("mixed", "real", "fake")
        logits = [golden.to_last(file[f"in/lm_D_{name}"]) for name in names]

        def function(*logits):
            value = label_mix_loss(*logits, mask)
            return value, value

        value, gradients, _ = golden.gradients(function, logits)
        self.assertLess(golden.error(value, file["out/lm_loss"]), LIMIT)
        for name, gradient in zip(names, gradients, strict=True):
            key = f"out/lm_grad_{name}"
            error = golden.error(golden.to_first(gradient), file[key])
            self.assertLess(error, LIMIT, key)
