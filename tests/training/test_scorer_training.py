import unittest

import numpy as np

from keras_semsynth.data.landscapes import landscapes
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.training.scorer_training import class_weights
from keras_semsynth.training.scorer_training import count_pixels
from keras_semsynth.training.scorer_training import fit_scorer
from keras_semsynth.training.scorer_training import hold_out
from keras_semsynth.training.scorer_training import scorer_batches
from keras_semsynth.training.scorer_training import scorer_loss
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import random
from tests.training.poison import poisoned

SMALL = {"filters": 2, "depth": 1}


def batches_of(label_map, image):
    import tensorflow as tf

    element = ({"label_map": label_map}, image)
    return tf.data.Dataset.from_tensors(element).repeat()


class ScorerTrainingTest(unittest.TestCase):
    def test_pixels_that_are_not_labelled_carry_no_gradient(self):
        scorer = UNetSegmenter(3, unknown_class=1, **SMALL)
        label_map = np.array([[[0, 1, 2], [3, 1, 1]]], "int32")
        weights = np.array([1.0, 2.0, 0.5], "float32")
        batches = scorer_batches(
            batches_of(label_map, random((1, 2, 3, 3))), scorer, 4, weights
        )
        _, ids, pixel_weights = next(batches.as_numpy_iterator())
        np.testing.assert_array_equal(ids, [[[0, 0, 1], [2, 0, 0]]])
        np.testing.assert_array_equal(pixel_weights, [[[1, 0, 2], [0.5, 0, 0]]])
        logits = random((1, 2, 3, 3), seed=1)
        loss = scorer_loss()
        (gradient,) = gradients(lambda x: loss(ids, x, pixel_weights), [logits])
        expected = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        expected -= np.eye(3)[ids]
        expected *= pixel_weights[..., None] / 3.5
        np.testing.assert_allclose(gradient, expected, atol=1e-6)
        self.assertFalse(gradient[label_map == 1].any())

    def test_a_batch_without_labels_teaches_nothing(self):
        ids = np.zeros((1, 2, 2), "int32")
        loss = scorer_loss()
        (gradient,) = gradients(
            lambda x: loss(ids, x, np.zeros((1, 2, 2), "float32")),
            [random((1, 2, 2, 3))],
        )
        self.assertFalse(gradient.any())

    def test_training_moves_the_weights_and_freezes_them_then(self):
        scorer = UNetSegmenter(3, **SMALL)
        scorer.build()
        before = scorer.get_weights()
        # Class 1 where red is high, else class 0.
        image = random((2, 6, 7, 3), scale=0.5)
        label_map = (image[..., 0] > 0).astype("int32")
        batches = scorer_batches(
            batches_of(label_map, image), scorer, 3, np.ones(3, "float32")
        )
        loss = fit_scorer(scorer, batches, (6, 7), 2, 3, 2, 1e-2)
        self.assertLess(loss, 2.0)
        after = scorer.get_weights()
        self.assertFalse(
            all(map(np.array_equal, before, after)), "no weight was trained"
        )
        self.assertEqual(scorer.trainable_weights, [])

    def test_a_loss_that_is_no_number_stops_training(self):
        scorer = UNetSegmenter(3, **SMALL)
        scorer.build()
        image = np.full((1, 4, 4, 3), np.nan, "float32")
        batches = scorer_batches(
            batches_of(np.zeros((1, 4, 4), "int32"), image),
            scorer,
            3,
            np.ones(3, "float32"),
        )
        with self.assertRaisesRegex(
            FloatingPointError,
            r"epoch 1, step 1 of 2 \(step 1 of the run\): loss=nan. "
            "Lower the learning rate.$",
        ):
            fit_scorer(scorer, batches, (4, 4), 1, 2, 1, 2e-3)

    def test_a_last_update_that_breaks_the_weights_is_an_error(self):
        scorer = UNetSegmenter(3, **SMALL)
        scorer.build()
        batches = scorer_batches(
            batches_of(np.zeros((1, 4, 4), "int32"), random((1, 4, 4, 3))),
            scorer,
            3,
            np.ones(3, "float32"),
        )
        with (
            poisoned(lambda model: model.trainable_weights[0], 1),
            self.assertRaisesRegex(
                FloatingPointError, "step 1 of 1 .* in scorer. Lower"
            ),
        ):
            fit_scorer(scorer, batches, (4, 4), 1, 1, 1, 2e-3)

    def test_rare_classes_may_weigh_more(self):
        counts = np.array([100, 400, 0, 25])
        for weighting, expected in (
            ("none", [1, 1, 0, 1]),
            ("root", [1, 0.5, 0, 2]),
            ("balanced", [1, 0.25, 0, 4]),
        ):
            np.testing.assert_allclose(
                class_weights(counts, weighting), expected, rtol=1e-6
            )

    def test_pixels_are_counted_over_the_dataset(self):
        dataset = landscapes(count=3, image_size=(16, 16))
        counts = count_pixels(dataset, UNetSegmenter(10, **SMALL))
        self.assertEqual(counts.sum(), 3 * 16 * 16)
        first = dataset.read(0).label_map
        self.assertGreaterEqual(counts[0], (first == 0).sum())

    def test_every_tenth_sample_is_held_out(self):
        train, held_out = hold_out(landscapes(count=25))
        self.assertEqual(list(held_out.samples), [9, 19])
        self.assertEqual(len(train) + len(held_out), 25)
        self.assertFalse(set(train.samples) & set(held_out.samples))
        train, held_out = hold_out(landscapes(count=3))
        self.assertEqual((list(train.samples), held_out.samples), ([0, 1], [2]))
        with self.assertRaisesRegex(ValueError, "no validation split"):
            hold_out(landscapes(count=1))
