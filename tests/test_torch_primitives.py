"""PyTorch's primitives through our layers, against recorded numbers.

Limits: 1e-5 for single layers; exact where nothing is computed.
"""

import re
import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth.checkpoints.naming import CONVOLUTION
from keras_semsynth.layers import BatchNormalization
from keras_semsynth.layers import InstanceNormalization
from keras_semsynth.layers import ReflectionPadding2D
from keras_semsynth.layers import resize_label_map
from keras_semsynth.layers.average_pyramid import halve
from keras_semsynth.layers.average_pyramid import halve_overlapping
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from tests import golden


class TorchPrimitivesTest(unittest.TestCase):
    def setUp(self):
        self.file = golden.Golden("torch_primitives")
        self.x = golden.to_last(self.file["in/x"])

    def assertMatches(self, actual, key, limit=1e-5):
        actual = golden.to_first(actual)
        self.assertLessEqual(golden.error(actual, self.file[key]), limit, key)

    def test_nearest_resizing_picks_the_same_rows_and_columns(self):
        for key, index in self.file.under("out/nearest_").items():
            source, target = map(int, re.findall(r"\d+", key))
            ramp = np.arange(source, dtype="int32")
            rows = np.broadcast_to(ramp[None, :, None], (1, source, source))
            resized = resize_label_map(rows.copy(), target, target)
            np.testing.assert_array_equal(
                ops.convert_to_numpy(resized)[0, :, 0], index, key
            )
            columns = np.swapaxes(rows, 1, 2).copy()
            resized = resize_label_map(columns, target, target)
            np.testing.assert_array_equal(
                ops.convert_to_numpy(resized)[0, 0], index, key
            )

    def test_average_pool_that_leaves_the_border_out(self):
        pooled = halve_overlapping(ops.convert_to_tensor(self.x))
        self.assertMatches(pooled, "out/avgpool3_s2_p1_exclude_pad")

    def test_average_pool(self):
        pooled = halve(ops.convert_to_tensor(self.x))
        self.assertMatches(pooled, "out/avgpool2_s2")

    def test_upsampling(self):
        for mode in ("nearest", "bilinear"):
            layer = keras.layers.UpSampling2D(2, interpolation=mode)
            self.assertMatches(layer(self.x), f"out/upsample2_{mode}")

    def test_bilinear_resizing(self):
        for height, width in ((23, 17), (5, 6)):
            resized = ops.image.resize(
                self.x,
                (height, width),
                interpolation="bilinear",
                antialias=False,
            )
            self.assertMatches(resized, f"out/resize_bilinear_{height}x{width}")

    def test_padded_strided_and_transposed_convolutions(self):
        for key, kernel, arguments in (
            ("conv4_s2_p2", "kernel4", (4, 2, 2)),
            ("conv4_s1_p2", "kernel4", (4, 1, 2)),
            ("conv3_s2_p1", "kernel3", (3, 2, 1)),
            ("conv_transposed3_s2_p1_op1", "kernel_transposed3", (3, 2, 1)),
        ):
            layer = NormalizedConv2D(
                4,
                *arguments,
                normalization="none",
                spectral=False,
                transposed="transposed" in key,
            )
            layer.build(self.x.shape)
            kernel = CONVOLUTION.to_keras(self.file[f"in/{kernel}"])
            layer.conv.kernel.assign(np.ascontiguousarray(kernel))
            self.assertMatches(layer(self.x), f"out/{key}")

    def test_reflection_padding(self):
        padded = ReflectionPadding2D(3)(self.x)
        self.assertMatches(padded, "out/reflect_pad3", limit=0.0)

    def test_batch_normalization_and_its_moving_statistics(self):
        layer = BatchNormalization()
        layer.build(self.x.shape)
        layer.moving_mean.assign(self.file["in/batchnorm_running_mean"])
        layer.moving_variance.assign(self.file["in/batchnorm_running_var"])
        self.assertMatches(layer(self.x), "out/batchnorm_eval")
        self.assertMatches(layer(self.x, training=True), "out/batchnorm_train")
        for variable, name in (
            (layer.moving_mean, "mean"),
            (layer.moving_variance, "var"),
        ):
            expected = self.file[f"out/batchnorm_running_{name}_after"]
            actual = ops.convert_to_numpy(variable.value)
            self.assertLess(golden.error(actual, expected), 1e-5, name)

    def test_instance_normalization(self):
        self.assertMatches(InstanceNormalization()(self.x), "out/instancenorm")
