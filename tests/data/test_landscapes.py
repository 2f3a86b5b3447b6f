import time
import unittest

import numpy as np

from keras_semsynth.data import describe
from keras_semsynth.data.landscapes import CLASSES


class LandscapesTest(unittest.TestCase):
    def test_ten_named_classes_with_their_own_colours(self):
        dataset = describe("landscapes")
        self.assertEqual(dataset.num_classes, 10)
        for name in (
            "sky", "cloud", "sun", "mountain", "forest", "meadow", "water",
            "sand", "road", "house",
        ):  # fmt: skip
            self.assertIn(name, dataset.class_names)
        self.assertEqual(len(np.unique(dataset.classes.palette, axis=0)), 10)
        self.assertEqual((len(dataset), dataset.split), (2000, "train"))
        self.assertIsNone(dataset.unknown_class)

    def test_a_sample_is_always_the_same(self):
        for index in (0, 7):
            first = describe("landscapes").read(index)
            second = describe("landscapes", count=9).read(index)
            np.testing.assert_array_equal(first.image, second.image)
            np.testing.assert_array_equal(first.label_map, second.label_map)

    def test_splits_indices_and_seeds_share_no_picture(self):
        datasets = [
            describe("landscapes", split=split, world=seed, image_size=(16, 16))
            for split in ("train", "val", "test")
            for seed in (0, 1)
        ]
        pictures = {
            d.read(i).image.tobytes() for d in datasets for i in range(6)
        }
        self.assertEqual(len(pictures), 36)

    def test_any_size_works(self):
        for size in ((8, 8), (64, 96), (33, 50), (96, 40), (256, 256)):
            sample = describe("landscapes", image_size=size).read(3)
            self.assertEqual(sample.image.shape, (*size, 3))
            self.assertEqual(sample.image.dtype, np.uint8)
            self.assertEqual(sample.label_map.shape, size)
            self.assertLess(sample.label_map.max(), 10)

    def test_dusk_is_darker_and_its_horizon_warm(self):
        size = {"image_size": (32, 32)}
        pictures = {
            hour: np.stack(
                [
                    describe("landscapes", time=hour, **size).read(i).image
                    for i in range(12)
                ]
            )
            for hour in ("day", "dusk")
        }
        day, dusk = (pictures[hour] for hour in ("day", "dusk"))
        self.assertLess(dusk.mean(), 0.75 * day.mean())
        # Just above the horizon, red over blue.
        warmth = {
            hour: np.diff(made[:, 9:12].mean(axis=(0, 1, 2))[[2, 0]])[0]
            for hour, made in pictures.items()
        }
        self.assertGreater(warmth["dusk"], 0)
        self.assertLess(warmth["day"], 0)
        with self.assertRaisesRegex(ValueError, "day, dusk.*'noon'"):
            describe("landscapes", time="noon")

    def test_one_scene_looks_alike_at_two_sizes(self):
        small = describe("landscapes", image_size=(40, 40)).read(5)
        large = describe("landscapes", image_size=(80, 80)).read(5)
        same = small.label_map == large.label_map[::2, ::2]
        self.assertGreater(same.mean(), 0.95)

    def test_every_class_is_common_and_layouts_vary(self):
        dataset = describe("landscapes", image_size=(32, 32))
        maps = [dataset.read(i).label_map for i in range(60)]
        share = np.mean(
            [np.bincount(m.ravel(), minlength=10) > 0 for m in maps], axis=0
        )
        for name, value in zip(CLASSES.names, share, strict=True):
            self.assertGreater(value, 0.2, name)
        self.assertEqual(len({m.tobytes() for m in maps}), 60)

    def test_classes_can_be_told_apart_by_their_mean_colours(self):
        # Nearest mean colour of a small neighbourhood: a floor for what a
        # network sees, texture and place not counted.
        dataset = describe("landscapes", image_size=(48, 48))
        samples = [dataset.read(i) for i in range(40)]
        pixels = np.concatenate([s.image.reshape(-1, 3) for s in samples])
        labels = np.concatenate([s.label_map.ravel() for s in samples])
        means = np.stack([pixels[labels == k].mean(axis=0) for k in range(10)])
        distances = ((pixels[:, None] - means) ** 2).sum(-1)
        guess = distances.argmin(-1)
        recall = [(guess[labels == k] == k).mean() for k in range(10)]
        self.assertGreater(np.mean(recall), 0.45, recall)

    def test_drawing_keeps_up_with_training(self):
        dataset = describe("landscapes")
        dataset.read(0)
        start = time.process_time()
        for index in range(20):
            dataset.read(index)
        # 10 ms on an idle core; the limit leaves room for busy machines.
        self.assertLess((time.process_time() - start) / 20, 0.06)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`split`"):
            describe("landscapes", split="all")
        with self.assertRaisesRegex(ValueError, "`count`"):
            describe("landscapes", count=0)
        with self.assertRaisesRegex(ValueError, "`image_size`"):
            describe("landscapes", image_size=(4, 64))
