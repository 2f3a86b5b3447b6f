import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from keras_semsynth.scorers import DeepLabV2ResNet101
from keras_semsynth.scorers.deeplabv2_resnet101 import FORMAT
from keras_semsynth.scorers.deeplabv2_resnet101 import ceil_mode_pool
from keras_semsynth.scorers.pillow_resizing import resize_pixels
from tests import golden
from tests import golden_scorers
from tests.scorers.random_weights import image
from tests.scorers.segmentation_checks import SegmentationChecks
from tests.scorers.segmentation_checks import first
from tests.scorers.segmentation_checks import golden_image
from tests.scorers.segmentation_checks import means
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random

SMALL = {"num_classes": 9, "width_divisor": 16, "block_counts": [1, 2, 1, 1]}


def numpy_ceil_mode_pool(x):
    """3x3 maximum, stride 2, padding 1; the last window may hang over."""
    _, height, width, _ = x.shape

    def starts(size):
        # PyTorch: rounded up, but a window must begin inside or before.
        count = -(-(size + 2 - 3) // 2) + 1
        if (count - 1) * 2 >= size + 1:
            count -= 1
        return [2 * i - 1 for i in range(count)]

    rows = [
        np.stack(
            [
                x[:, max(i, 0) : i + 3, max(j, 0) : j + 3].max((1, 2))
                for j in starts(width)
            ],
            axis=1,
        )
        for i in starts(height)
    ]
    return np.stack(rows, axis=1)


class DeepLabV2ResNet101Test(SegmentationChecks, SemsynthTestCase):
    name = "deeplabv2_resnet101"
    small = SMALL

    def test_the_first_pool_rounds_its_size_up(self):
        for size in ((16, 23), (15, 17), (18, 26)):
            with self.subTest(size=size):
                x = np.abs(random((2, *size, 3)))
                self.assert_close(ceil_mode_pool(x), numpy_ceil_mode_pool(x), 0)

    def test_layers_have_the_published_sizes(self):
        network = DeepLabV2ResNet101(**SMALL)
        network.build()
        layers = network.stages(keras.Input((256, 256, 3)))
        sizes = [tuple(layer.shape[1:3]) for layer in layers]
        self.assertEqual(sizes, [(65, 65), (65, 65), *[(33, 33)] * 3])

    def test_the_pyramid_is_a_sum_of_four_dilations(self):
        dilations = [c.dilation_rate[0] for c in self.eager.pyramid]
        self.assertEqual(dilations, [6, 12, 18, 24])
        x = FORMAT.apply(image())
        features = self.eager.stages(x)[-1]
        expected = sum(
            ops.convert_to_numpy(c(features)) for c in self.eager.pyramid
        )
        self.assert_close(self.eager.base_logits(x), expected, 1e-6)

    def test_the_largest_logit_of_three_sizes_counts(self):
        network = self.eager
        x = FORMAT.apply(image())
        logits = [network.base_logits(x)]
        for height, width in ((24, 32), (36, 48)):
            other = network.base_logits(resize_bilinear(x, height, width))
            logits.append(resize_bilinear(other, *logits[0].shape[1:3]))
        expected = np.max([ops.convert_to_numpy(y) for y in logits], axis=0)
        self.assert_close(network(x), expected, 1e-6)
        plain = self.network(multi_scale=False)
        self.assert_close(plain(x), logits[0], 1e-6)
        self.assertEqual(network.describe()["scales"], [0.5, 0.75, 1.0])
        self.assertEqual(plain.describe()["scales"], [1.0])

    @golden.slow_on_jax
    def test_images_may_be_enlarged_first(self):
        pixels = image((32, 48))
        network = self.network(input_size=(64, 96))
        large = resize_pixels(pixels, (64, 96), "bicubic")
        expected = self.eager.class_scores(large, (32, 48))
        actual = network.class_scores(pixels, (32, 48))
        self.assert_close(actual, expected, 1e-6)


class DeepLabV2ResNet101GoldenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = golden.Golden("eval_deeplabv2")
        cls.network = checkpoints.from_official(
            "deeplabv2_resnet101", golden_scorers.state(cls.file)
        )
        cls.network.run_eagerly = True

    @classmethod
    def tearDownClass(cls):
        del cls.network  # hundreds of megabytes

    def compare(self, name, actual):
        golden_scorers.check(self, name, actual, self.file[f"out/{name}"])

    def test_layers_logits_and_classes(self):
        x = FORMAT.apply(golden_image(self.file))
        near = slice(None, 4)
        self.compare("input_corner", first(x, near, near))
        layers = self.network.stages(x)
        for i, features in enumerate(layers, start=1):
            self.compare(f"layer{i}_mean", means(features))
            shape = self.file[f"out/layer{i}_shape"].tolist()
            self.assertEqual(list(first(features).shape), shape)
        base = sum(c(layers[-1]) for c in self.network.pyramid)
        self.compare("logits_base", first(base))

    @golden.slow_on_jax
    def test_three_scales_and_classes(self):
        pixels = golden_image(self.file)
        self.compare("logits_msc", first(self.network(FORMAT.apply(pixels))))
        scores = self.network.class_scores(pixels, pixels.shape[1:3])
        sixth = slice(None, None, 6)
        self.compare("logits_up_strided", first(scores, sixth, sixth))
        classes = ops.convert_to_numpy(ops.argmax(scores, axis=-1))[0]
        np.testing.assert_array_equal(classes, self.file["out/pred"])
