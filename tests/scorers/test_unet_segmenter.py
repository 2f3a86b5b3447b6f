import os
import tempfile

import keras
import numpy as np
from keras import ops

from keras_semsynth.data.landscapes import landscapes
from keras_semsynth.metrics import ConfusionMatrix
from keras_semsynth.metrics import segmentation_scores
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers import pretrained_scorer
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random

SMALL = {"num_classes": 3, "filters": 2, "depth": 2, "max_filters": 5}


def photographs(count=2, size=(11, 14), seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, *size, 3), dtype="uint8")


class UNetSegmenterTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            UNetSegmenter,
            {
                "num_classes": 3,
                "filters": 2,
                "depth": 1,
                "dataset": "folder",
                "class_names": ["a", "b", "c"],
                "unknown_class": 1,
                "image_size": [10, 14],
            },
            call_args=[random((2, 11, 14, 3), scale=0.5)],
            output_shape=(2, 11, 14, 3),
            # Three blocks of two convolutions with scale and offset; the head.
            trainable=3 * 2 * 3 + 2,
            non_trainable=3 * 2 * 2,
            fit_policies=(),
        )

    def test_any_size_is_segmented_at_any_size(self):
        scorer = UNetSegmenter(**SMALL)
        for size in ((1, 1), (5, 8), (9, 7)):
            ids = scorer.segment(photographs(size=size))
            self.assertEqual((ids.shape, ids.dtype), ((2, *size), "int32"))
            self.assertTrue(((ids >= 0) & (ids < 3)).all())
        ids = scorer.segment(photographs(), size=(4, 30))
        self.assertEqual(ids.shape, (2, 4, 30))

    def test_odd_sides_act_like_padding_at_the_end(self):
        # Far from the border on the right nothing may change.
        scorer = UNetSegmenter(num_classes=3, filters=2, depth=1)
        images = random((1, 8, 33, 3), scale=0.3)
        wide = np.pad(images, ((0, 0), (0, 0), (0, 7), (0, 0)))
        self.assert_close(
            scorer(images)[:, :, :16], scorer(wide)[:, :, :16], 1e-5
        )

    def test_bytes_and_floats_of_one_image_agree(self):
        scorer = UNetSegmenter(**SMALL)
        images = photographs()
        floats = images / np.float32(127.5) - 1
        np.testing.assert_array_equal(
            scorer.segment(images), scorer.segment(floats)
        )
        self.assert_close(
            scorer.features(images), scorer.features(floats), 1e-5
        )

    def test_features_are_the_mean_of_the_lowest_level(self):
        scorer = UNetSegmenter(**SMALL)
        features = scorer.features(photographs())
        self.assertEqual((features.shape, features.dtype), ((2, 5), "float32"))
        self.assertEqual(scorer.feature_dims, 5)
        # One image by itself: nothing depends on its neighbours.
        alone = scorer.features(photographs()[1:])
        self.assert_close(alone[0], features[1], 1e-5)
        x = ops.convert_to_tensor(photographs()[:1] / np.float32(127.5) - 1)
        for block in range(3):
            if block:
                x = ops.max_pool(x, 2, 2, "same", "channels_last")
            for index in (2 * block, 2 * block + 1):
                x = scorer.convolutions[index](x)
                x = ops.relu(scorer.normalizations[index](x))
        mean = ops.convert_to_numpy(x).mean((1, 2))
        self.assert_close(features[:1], mean, 1e-5)

    def test_the_file_knows_what_it_scores(self):
        scorer = UNetSegmenter(
            **SMALL,
            dataset="folder",
            class_names=["sky", "road", "car"],
            unknown_class=3,
            image_size=(64, 96),
        )
        scorer.build()
        scorer.trainable = False
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "scorer.keras")
            scorer.save(path)
            revived = keras.models.load_model(path)
        self.assertEqual(revived.describe(), scorer.describe())
        self.assertEqual(revived.describe()["dataset"], "folder")
        self.assertEqual(revived.class_names, ["sky", "road", "car"])
        self.assertEqual(revived.trainable_weights, [])
        images = photographs()
        np.testing.assert_array_equal(
            revived.segment(images), scorer.segment(images)
        )
        self.assert_close(
            revived.features(images), scorer.features(images), 1e-6
        )

    def test_the_unknown_class_has_no_id_of_its_own(self):
        ids = np.array([[0, 1, 2, 3]])
        for unknown, expected in (
            (None, None),
            (0, [[255, 0, 1, 2]]),
            (1, [[0, 255, 1, 2]]),
            (3, [[0, 1, 2, 255]]),
        ):
            scorer = UNetSegmenter(3, unknown_class=unknown)
            if unknown is None:
                with self.assertRaisesRegex(ValueError, "knows the ids 0 to 2"):
                    scorer.to_scorer_ids(ids)
                continue
            own = scorer.to_scorer_ids(ids)
            np.testing.assert_array_equal(own, expected)
            known = own != 255
            np.testing.assert_array_equal(
                scorer.to_dataset_ids(own[known]), ids[known]
            )

    def test_bad_arguments_and_images_are_errors(self):
        for kwargs, message in (
            ({"num_classes": 1}, "num_classes=1"),
            ({"num_classes": 3, "depth": 0}, "depth=0"),
            ({"num_classes": 3, "filters": 1.5}, "filters=1.5"),
            ({"num_classes": 3, "class_names": ["a"]}, "Received: 1"),
            ({"num_classes": 3, "unknown_class": 4}, "unknown_class=4"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                UNetSegmenter(**kwargs)
        scorer = UNetSegmenter(**SMALL)
        with self.assertRaisesRegex(ValueError, "batch, height, width, 3"):
            scorer.features(np.zeros((4, 4, 3), "uint8"))
        with self.assertRaisesRegex(ValueError, "NaN"):
            scorer.segment(np.full((1, 4, 4, 3), np.nan, "float32"))
        with self.assertRaisesRegex(ValueError, "height, width, 3"):
            UNetSegmenter(3).build((None, 8, 8, 4))


class PretrainedScorerTest(SemsynthTestCase):
    def test_it_knows_landscapes_that_it_has_not_seen(self):
        scorer = pretrained_scorer("landscapes")
        dataset = landscapes("test", count=16)
        samples = [dataset.read(i) for i in range(len(dataset))]
        self.assertEqual(tuple(scorer.class_names), dataset.class_names)
        self.assertEqual(scorer.trainable_weights, [])
        confusion = ConfusionMatrix(scorer.num_classes)
        truth = np.stack([sample.label_map for sample in samples])
        images = np.stack([sample.image for sample in samples])
        confusion.update(scorer.to_scorer_ids(truth), scorer.segment(images))
        scores = segmentation_scores(confusion)
        self.assertGreater(scores["miou"], 0.5)
        self.assertGreater(scores["pixel_accuracy_valid"], 0.8)
        shifted = ConfusionMatrix(scorer.num_classes)
        shifted.update(np.roll(truth, 1, axis=0), scorer.segment(images))
        self.assertLess(
            segmentation_scores(shifted)["miou"], 0.6 * scores["miou"]
        )
        self.assertEqual(scorer.features(images).shape, (16, 96))

    def test_another_name_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "one of landscapes.*'moon'"):
            pretrained_scorer("moon")
