import unittest

import numpy as np
from keras import ops

from keras_semsynth.losses import ClassCrossEntropy
from keras_semsynth.losses import class_balanced_cross_entropy
from keras_semsynth.losses import class_weights
from keras_semsynth.losses import fake_cross_entropy
from tests import golden
from tests import golden_networks
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

# Limit for losses; a complete port was measured at 3e-6.
LIMIT = 2e-5


def numpy_cross_entropy(logits, targets):
    """Minus the logarithm of the softmax at the target, pixel by pixel."""
    logits = np.float64(logits)
    result = np.zeros(logits.shape[:3])
    for index in np.ndindex(*result.shape):
        pixel = logits[index]
        result[index] = np.log(np.exp(pixel).sum()) - pixel[targets[index]]
    return result


def numpy_weights(label_map, ignore_label=None):
    """The weight of every pixel, as section 4 of the specification says."""
    present = [c for c in np.unique(label_map) if c != ignore_label]
    weights = np.zeros(label_map.shape)
    for c in present:
        count = (label_map == c).sum()
        weights[label_map == c] = label_map.size / (len(present) * count)
    return weights


class ClassBalancedCrossEntropyTest(unittest.TestCase):
    def setUp(self):
        self.logits = random((2, 5, 7, 6), scale=3.0)
        self.label_map = random_label_map((2, 5, 7), 4)  # class 4 is absent

    def test_equals_the_equations(self):
        losses = numpy_cross_entropy(self.logits, self.label_map + 1)
        for ignore_label in (None, 0, 2, 4):
            with self.subTest(ignore_label=ignore_label):
                weights = numpy_weights(self.label_map, ignore_label)
                found = class_balanced_cross_entropy(
                    self.logits, self.label_map, ignore_label
                )
                expected = (weights * losses).mean()
                self.assertLess(golden.error(found, expected), 1e-6)
        found = class_balanced_cross_entropy(
            self.logits, self.label_map, 0, balance=False
        )
        self.assertLess(golden.error(found, losses.mean()), 1e-6)
        losses = numpy_cross_entropy(self.logits, 0 * self.label_map)
        found = fake_cross_entropy(self.logits)
        self.assertLess(golden.error(found, losses.mean()), 1e-6)

    def test_pixels_that_show_nothing_do_not_count_as_fake(self):
        shown = self.label_map != 1
        losses = numpy_cross_entropy(self.logits, 0 * self.label_map)
        found = fake_cross_entropy(self.logits, ops.convert_to_tensor(shown))
        self.assertLess(golden.error(found, losses[shown].mean()), 1e-6)
        self.assertEqual(float(fake_cross_entropy(self.logits, 0 * shown)), 0.0)

    def test_certainty_is_that_a_pixel_is_of_any_class(self):
        # As likely fake as not, more or less.
        logits = self.logits + np.array([4.0, 0, 0, 0, 0, 0], "float32")
        chance = np.exp(logits.astype("float64"))
        chance = chance[..., 0] / chance.sum(-1)
        label_map = np.where(self.label_map == 1, -1, self.label_map)
        expected = np.sign(0.5 - chance)[self.label_map != 1].mean()
        self.assertLess(abs(expected), 0.7)
        term = ClassCrossEntropy("real", ignore_label=0)
        found = term.certainty(logits, label_map)
        self.assertLess(golden.error(found, expected), 1e-5)
        self.assertFalse(ClassCrossEntropy("fake").tells_certainty)

    def test_all_classes_have_the_same_total_weight(self):
        weights = ops.convert_to_numpy(class_weights(self.label_map, 5, 1))
        totals = np.bincount(
            self.label_map.ravel(), weights[self.label_map].ravel(), 5
        )
        # Three of the five occur and count: 70 pixels are shared by them.
        expected = 70 / 3 * np.array([1, 0, 1, 1, 0])
        np.testing.assert_allclose(totals, expected, rtol=1e-6)

    def test_a_batch_of_nothing_known_costs_nothing(self):
        label_map = np.zeros_like(self.label_map)
        found = class_balanced_cross_entropy(self.logits, label_map, 0)
        self.assertEqual(float(found), 0.0)

    def test_an_id_out_of_range_has_no_weight(self):
        label_map = self.label_map.copy()
        label_map[label_map == 0] = 255
        label_map[0, 0, 0] = -1
        losses = numpy_cross_entropy(self.logits, self.label_map + 1)
        known = (label_map >= 0) & (label_map < 5)
        weights = numpy_weights(np.where(known, label_map, 9), 9)
        found = class_balanced_cross_entropy(self.logits, label_map)
        expected = (weights * losses).mean()
        self.assertLess(golden.error(found, expected), 1e-6)

    def test_half_precision_logits_give_a_float32_loss(self):
        logits = ops.cast(self.logits, "float16")
        for loss in (
            class_balanced_cross_entropy(logits, self.label_map),
            fake_cross_entropy(logits),
        ):
            self.assertEqual(str(ops.dtype(loss)), "float32")

    def test_a_soft_label_map_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "must hold ids"):
            class_balanced_cross_entropy(self.logits, self.logits)


class ClassBalancedCrossEntropyGoldenTest(unittest.TestCase):
    def test_official_values_weights_and_gradients(self):
        file = golden_networks.NetworkFile("oasis_losses")
        for case, ignore_label in (
            ("plain", None),
            ("dontcare", 0),
            ("dontcare_absent0", 0),
            ("all_dontcare", 0),
        ):
            with self.subTest(case=case):
                self.check_case(file, case, ignore_label)

    def check_case(self, file, case, ignore_label):
        logits = golden.to_last(file[f"in/{case}_logits"])
        label_map = file.label_map(f"in/{case}_label")
        weights = class_weights(label_map, 6, ignore_label)
        np.testing.assert_allclose(
            ops.convert_to_numpy(weights)[label_map],
            file[f"out/{case}_weight_map"][:, 0],
            rtol=1e-6,
        )

        def real(logits):
            value = class_balanced_cross_entropy(
                logits, label_map, ignore_label
            )
            return value, value

        def fake(logits):
            value = fake_cross_entropy(logits)
            return value, value

        for name, function in (("real", real), ("fake", fake)):
            value, (gradient,), _ = golden.gradients(function, [logits])
            key = f"out/{case}_{name}"
            self.assertLess(golden.error(value, file[key]), LIMIT, key)
            error = golden.error(golden.to_first(gradient), file[f"{key}_grad"])
            self.assertLess(error, LIMIT, f"{key}_grad")

    def test_official_value_without_balance(self):
        file = golden_networks.NetworkFile("oasis_losses")
        value = class_balanced_cross_entropy(
            golden.to_last(file["in/plain_logits"]),
            file.label_map("in/plain_label"),
            balance=False,
        )
        error = golden.error(value, file["out/nobalance_real"])
        self.assertLess(error, LIMIT)
