import math
import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.scorers import DRND105
from keras_semsynth.scorers.drn_d_105 import FORMAT
from keras_semsynth.scorers.pillow_resizing import resize_pixels
from keras_semsynth.scorers.pillow_resizing import resize_planes
from tests import golden
from tests import golden_scorers
from tests import numpy_layers
from tests.scorers.random_weights import image
from tests.scorers.segmentation_checks import SegmentationChecks
from tests.scorers.segmentation_checks import first
from tests.scorers.segmentation_checks import golden_image
from tests.scorers.segmentation_checks import means
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random

SMALL = {"num_classes": 7, "width_divisor": 16, "block_counts": [1, 2, 1, 1]}


def bilinear_kernel():
    """Weights of the tool's transposed convolution, 16 by 16."""
    place = 1 - np.abs(np.arange(16) / 8 - 15 / 16)
    return place[:, None] * place


def tool_log_probabilities(logits):
    """Enlarges and normalizes logits as the tool does, in NumPy."""
    kernel = bilinear_kernel()[..., None, None] * np.eye(logits.shape[-1])
    x = numpy_layers.transposed_convolution(logits, kernel, 8, 4, 4)
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


class DRND105Test(SegmentationChecks, SemsynthTestCase):
    name = "drn_d_105"
    small = SMALL

    def test_enlarging_is_the_tools_transposed_convolution(self):
        x = random((2, 3, 5, 2))
        kernel = bilinear_kernel()[..., None, None] * np.eye(2)
        expected = numpy_layers.transposed_convolution(x, kernel, 8, 4, 4)
        network = DRND105(**SMALL)
        self.assert_close(network.enlarge(x), expected, 1e-6)

    def test_stages_have_the_published_sizes(self):
        network = DRND105(**SMALL)
        network.build()
        stages = network.stages(keras.Input((64, 96, 3)))
        shapes = [tuple(stage.shape[1:]) for stage in stages]
        self.assertEqual(
            shapes,
            [
                (64, 96, 1),
                (64, 96, 1),
                (32, 48, 2),
                (16, 24, 16),
                (8, 12, 32),
                (8, 12, 64),
                (8, 12, 128),
                (8, 12, 32),
                (8, 12, 32),
            ],
        )

    def test_its_fixed_kernel_is_written_and_not_read(self):
        kernel = self.state["up.weight"]
        self.assertEqual(kernel.shape, (7, 1, 16, 16))
        for one in kernel[:, 0]:
            np.testing.assert_allclose(one, bilinear_kernel(), rtol=1e-7)
        left = {k: v for k, v in self.state.items() if k != "up.weight"}
        checkpoints.from_official("drn_d_105", left)

    @golden.slow_on_jax
    def test_sides_that_are_no_multiples_of_8_are_cut_off_behind(self):
        network = self.eager
        pixels = image((45, 61))
        scores = network.class_scores(pixels, (45, 61))
        logits = network.logits(FORMAT.apply(pixels))
        self.assertEqual(logits.shape, (2, 6, 8, 7))
        whole = ops.log_softmax(network.enlarge(logits))
        self.assert_close(scores, whole[:, :45, :61], 1e-6)

    @golden.slow_on_jax
    def test_multi_scale_adds_the_whole_maps_of_six_sizes(self):
        network = self.network(multi_scale=True)
        for height, width in ((32, 48), (36, 52)):
            pixels = image((height, width))
            expected = 0.0
            for scale in (0.5, 0.75, 1, 1.25, 1.5, 1.75):
                size = int(height * scale), int(width * scale)
                resized = resize_pixels(pixels, size, "bicubic")
                logits = network.logits(FORMAT.apply(resized))
                maps = tool_log_probabilities(ops.convert_to_numpy(logits))
                # As large as whole cells are, not as the resized image.
                cells = tuple(8 * math.ceil(side / 8) for side in size)
                self.assertEqual(maps.shape[1:3], cells)
                expected += resize_planes(maps, (height, width), "bilinear")
            actual = network.class_scores(pixels, (height, width))
            self.assert_close(actual, expected, 1e-5)
        self.assertEqual(len(network.describe()["scales"]), 6)

    @golden.slow_on_jax
    def test_images_may_be_enlarged_first(self):
        pixels = image((32, 48))
        network = self.network(input_size=(64, 96))
        large = resize_pixels(pixels, (64, 96), "bicubic")
        expected = self.eager.class_scores(large, (32, 48))
        actual = network.class_scores(pixels, (32, 48))
        self.assert_close(actual, expected, 1e-6)
        self.assertEqual(network.describe()["input_size"], [64, 96])


class DRND105GoldenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = golden.Golden("eval_drn_d_105")
        cls.network = checkpoints.from_official(
            "drn_d_105", golden_scorers.state(cls.file)
        )
        cls.network.run_eagerly = True

    @classmethod
    def tearDownClass(cls):
        del cls.network  # hundreds of megabytes

    def compare(self, name, actual):
        golden_scorers.check(self, name, actual, self.file[f"out/{name}"])

    def test_it_is_the_published_network(self):
        network = DRND105()
        self.assertEqual(self.network.get_config()["num_classes"], 19)
        self.assertEqual(self.network.block_counts, network.block_counts)
        self.assertEqual(self.network.width_divisor, 1)

    def test_stages_logits_and_classes(self):
        x = FORMAT.apply(golden_image(self.file))
        near = slice(None, 4)
        self.compare("input_corner", first(x, near, near))
        stages = self.network.stages(x)
        for i, features in enumerate(stages):
            self.compare(f"stage{i}_mean", means(features))
        near = slice(None, 3)
        self.compare("stage8_corner", first(stages[8], near, near)[:64])
        logits = self.network.head(stages[8])
        self.compare("seg_low", first(logits))
        enlarged = self.network.enlarge(logits)
        fourth = slice(None, None, 4)
        self.compare("seg_up_strided", first(enlarged, fourth, fourth))
        near = slice(None, 6)
        self.compare("seg_up_border", first(enlarged, near, near))
        self.compare("up_kernel", bilinear_kernel())
        scores = self.network.class_scores(golden_image(self.file), (64, 96))
        self.compare("logprob_strided", first(scores, fourth, fourth))
        classes = ops.convert_to_numpy(ops.argmax(scores, axis=-1))[0]
        np.testing.assert_array_equal(classes, self.file["out/pred"])

    @golden.slow_on_jax
    def test_multi_scale(self):
        self.network.multi_scale = True
        self.addCleanup(setattr, self.network, "multi_scale", False)
        scores = self.network.class_scores(golden_image(self.file), (64, 96))
        fourth = slice(None, None, 4)
        self.compare("ms_sum_strided", first(scores, fourth, fourth))
        classes = np.argmax(scores, axis=-1)[0]
        np.testing.assert_array_equal(classes, self.file["out/ms_pred"])
