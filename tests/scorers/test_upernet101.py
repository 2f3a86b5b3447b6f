import os
import tempfile
import unittest

import numpy as np
from keras import ops
from PIL import Image

from keras_semsynth import checkpoints
from keras_semsynth.scorers import UPerNet101
from tests import golden
from tests import golden_scorers
from tests.scorers.random_weights import image
from tests.scorers.segmentation_checks import SegmentationChecks
from tests.scorers.segmentation_checks import first
from tests.scorers.segmentation_checks import golden_image
from tests.scorers.segmentation_checks import means
from tests.semsynth_test_case import SemsynthTestCase

SMALL = {"num_classes": 11, "width_divisor": 16, "block_counts": [1, 2, 1, 1]}


class UPerNet101Test(SegmentationChecks, SemsynthTestCase):
    name = "upernet101"
    small = SMALL
    told = {"generation": "current"}
    unused = {
        "bn1._tmp_running_mean": (4,),
        "layer1.0.bn1._running_iter": (1,),
        "ppm_conv.0.1._tmp_running_var": (32,),
        "fc.weight": (3, 128),
        "fc.bias": (3,),
    }

    @classmethod
    def network(cls, image_sizes=(48, 64), **options):
        return super().network(image_sizes=image_sizes, **options)

    def test_the_two_public_files_are_one_network(self):
        state = self.state
        decoder = ("ppm", "fpn", "conv_last")
        parts = {
            "encoder": {
                k: v for k, v in state.items() if not k.startswith(decoder)
            },
            "decoder": {
                k: v for k, v in state.items() if k.startswith(decoder)
            },
        }
        network = checkpoints.from_official("upernet101", parts, **self.told)
        written = checkpoints.to_official(network)
        self.assertEqual(set(written), set(state))
        for key, value in state.items():
            np.testing.assert_array_equal(written[key], value, key)
        with self.assertRaisesRegex(ValueError, "parts encoder, decoder"):
            checkpoints.from_official(
                "upernet101", {"encoder": parts["encoder"]}
            )
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(
                FileNotFoundError, "encoder_epoch_50.pth"
            ):
                checkpoints.from_official("upernet101", folder)
            self.assertTrue(os.path.isdir(folder))

    def test_published_sizes_of_a_256_image(self):
        network = UPerNet101()
        self.assertEqual(network.image_sizes, [300, 375, 450, 525, 600])
        sizes = [
            network.input_size(256, 256, side) for side in network.image_sizes
        ]
        expected = [(n, n) for n in (320, 384, 480, 544, 608)]
        self.assertEqual(sizes, expected)
        self.assertEqual(network.input_size(256, 256, 256), (256, 256))
        # The long side stops at 1000, which rounds up to 1024.
        self.assertEqual(network.input_size(100, 400, 300), (256, 1024))

    def test_the_current_weights_see_rgb_resized_by_pillow(self):
        network = UPerNet101(**SMALL)
        pixels = image((48, 64))
        x = network.prepare(pixels, 64)
        resized = Image.fromarray(pixels[0]).resize((96, 64), Image.BILINEAR)
        mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        expected = (np.asarray(resized) / 255 - mean) / std
        self.assert_close(x[0], expected, 1e-6)
        described = network.describe()
        self.assertEqual(described["colour_order"], "rgb")
        self.assertEqual(described["std"], list(std))

    def test_the_older_weights_see_bgr_resized_without_antialiasing(self):
        network = UPerNet101(generation="older", **SMALL)
        self.assertEqual(network.image_sizes, [450])
        pixels = image((64, 128))
        x = network.prepare(pixels, 32)
        # Halved: the mean of four cells, to the nearest grey level.
        blocks = np.float64(pixels).reshape(2, 32, 2, 64, 2, 3)
        expected = np.floor(blocks.mean((2, 4)) + 0.5)[..., ::-1]
        expected = expected - [102.9801, 115.9465, 122.7717]
        self.assert_close(x, expected, 1e-6)
        described = network.describe()
        self.assertEqual(described["colour_order"], "bgr")
        self.assertEqual(described["pixel_range"], [0.0, 255.0])
        self.assertIn("without antialiasing", described["input_resize"])

    def test_probabilities_of_all_sizes_are_averaged(self):
        pixels = image()
        sizes = self.eager.image_sizes
        self.addCleanup(setattr, self.eager, "image_sizes", sizes)
        results = []
        for sides in ([48], [64], [48, 64]):
            self.eager.image_sizes = sides
            scores = self.eager.class_scores(pixels, (48, 64))
            results.append(ops.convert_to_numpy(scores))
        *single, scores = results
        self.assert_close(scores, np.mean(single, axis=0), 1e-6)
        self.assertGreater(np.abs(single[0] - single[1]).max(), 1e-3)
        sums = scores.sum(-1)
        self.assert_close(sums, np.ones_like(sums), 1e-5)

    def test_bad_arguments_are_errors(self):
        with self.assertRaisesRegex(ValueError, "generation='new'"):
            UPerNet101(generation="new")
        with self.assertRaisesRegex(ValueError, "image_sizes=0"):
            UPerNet101(image_sizes=(300, 0))
        with self.assertRaisesRegex(ValueError, "max_size=10"):
            UPerNet101(max_size=10)


class UPerNet101GoldenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = golden.Golden("eval_upernet101")
        encoder, decoder = (golden_scorers.state(cls.file, i) for i in (0, 1))
        cls.network = checkpoints.from_official(
            "upernet101",
            {"encoder": encoder, "decoder": decoder},
            generation="current",
            image_sizes=cls.file.meta["img_sizes"],
            max_size=cls.file.meta["img_max_size"],
        )
        cls.network.run_eagerly = True

    @classmethod
    def tearDownClass(cls):
        del cls.network  # half a gigabyte

    def compare(self, name, actual):
        golden_scorers.check(self, name, actual, self.file[f"out/{name}"])

    def test_features_logits_and_classes_of_one_size(self):
        pixels = golden_image(self.file)
        x = self.network.prepare(pixels, 64)
        fifth = slice(None, None, 5)
        self.assertEqual(
            list(x.shape[1:3]), list(self.file["out/input0_shape"])
        )
        self.compare("input0_strided", first(x, fifth, fifth))
        other = self.network.prepare(pixels, 96).shape[1:3]
        self.assertEqual(list(other), list(self.file["out/input1_shape"]))
        encoded = self.network.encode(x)
        for i, features in enumerate(encoded, start=1):
            self.compare(f"enc{i}_mean", means(features))
        near = slice(None, 2)
        self.compare("enc4_corner", first(encoded[3], near, near)[:64])
        decoded = self.network.decode(encoded)
        self.compare("ppm_mean", means(decoded["pyramid"]))
        for i, side in enumerate(decoded["sides"]):
            self.compare(f"fpn_out{i}_mean", means(side))
        self.compare("fuse_mean", means(decoded["fusion"]))
        self.compare("logits_low", first(decoded["logits"]))
        sizes = self.network.image_sizes
        self.network.image_sizes = [64]
        self.addCleanup(setattr, self.network, "image_sizes", sizes)
        scores = self.network.class_scores(pixels, (48, 64))
        fourth = slice(None, None, 4)
        self.compare("prob_single_strided", first(scores, fourth, fourth))
        classes = ops.convert_to_numpy(ops.argmax(scores, axis=-1))[0]
        np.testing.assert_array_equal(classes, self.file["out/pred_single"])

    @golden.slow_on_jax
    def test_two_sizes(self):
        pixels = golden_image(self.file)
        scores = self.network.class_scores(pixels, (48, 64))
        fourth = slice(None, None, 4)
        self.compare("scores_ms_strided", first(scores, fourth, fourth))
        classes = ops.convert_to_numpy(ops.argmax(scores, axis=-1))[0]
        np.testing.assert_array_equal(classes, self.file["out/pred_ms"])
        truth = self.file["in/label_png"].astype("int32") - 1
        known = truth >= 0
        right = known & (truth == classes)
        self.assertEqual(known.sum(), self.file["out/valid_pixels"])
        accuracy = right.sum() / (known.sum() + 1e-10)
        self.assertAlmostEqual(accuracy, float(self.file["out/acc_ms"]), 9)

        def areas(which):
            return np.bincount(which, minlength=150)

        both = areas(classes[right])
        np.testing.assert_array_equal(both, self.file["out/intersection_ms"])
        union = areas(classes[known]) + areas(truth[known]) - both
        np.testing.assert_array_equal(union, self.file["out/union_ms"])
