from unittest import mock

import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.layers import NormalizedConv2D
from keras_semsynth.layers import normalized_conv2d
from keras_semsynth.layers.doubled_convolution import convolve_doubled
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def normalized_kernel(conv):
    """Kernel over sigma after one more power iteration, as in training."""
    kernel = ops.convert_to_numpy(conv.kernel).astype("float64")
    axis = 2 if "transpose" in type(conv).__name__.lower() else 3
    matrix = np.moveaxis(kernel, axis, 0).reshape(kernel.shape[axis], -1)
    left = ops.convert_to_numpy(conv.left_vector).astype("float64")
    left, right = numpy_layers.power_iteration(matrix, left)
    return kernel / (left @ matrix @ right)


def convolves_doubled():
    """Counts the calls of the other program."""
    return mock.patch.object(
        normalized_conv2d, "convolve_doubled", wraps=convolve_doubled
    )


class NormalizedConv2DTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            NormalizedConv2D,
            {"filters": 5, "kernel_size": 4, "strides": 2, "padding": 2},
            call_args=[random((2, 7, 11, 3))],
            output_shape=(2, 4, 6, 5),
            trainable=1,
            non_trainable=2,
        )

    def test_contract_of_the_transposed_form(self):
        self.check_layer(
            NormalizedConv2D,
            {
                "filters": 3,
                "kernel_size": 3,
                "strides": 2,
                "padding": 1,
                "normalization": "batch",
                "transposed": True,
                "spectral": False,
            },
            call_args=[random((2, 5, 7, 4))],
            output_shape=(2, 10, 14, 3),
            # Kernel, scale and offset; mean and variance.
            trainable=3,
            non_trainable=2,
        )

    def test_contract_of_the_doubled_form(self):
        self.check_layer(
            NormalizedConv2D,
            {"filters": 3, "kernel_size": 3, "padding": 1, "doubled": True},
            call_args=[random((2, 5, 7, 4))],
            output_shape=(2, 10, 14, 3),
            trainable=1,
            non_trainable=2,
        )

    def test_training_equals_the_equations(self):
        x = random((2, 7, 9, 3))
        for size, strides, padding in [(3, 2, 1), (4, 2, 2), (4, 1, 2)]:
            layer = NormalizedConv2D(5, size, strides, padding)
            layer.build(x.shape)
            expected = numpy_layers.instance_norm(
                numpy_layers.convolution(
                    x, normalized_kernel(layer.conv), strides, padding
                )
            )
            self.assert_close(layer(x, training=True), expected, 5e-6)

    def test_the_transposed_form_drops_the_first_row_and_column(self):
        x = random((2, 4, 5, 3))
        layer = NormalizedConv2D(5, 3, 2, 1, transposed=True)
        layer.build(x.shape)
        expected = numpy_layers.transposed_convolution(
            x, normalized_kernel(layer.conv), 2, drop_first=1, drop_last=0
        )
        self.assertEqual(expected.shape, (2, 8, 10, 5))
        self.assert_close(
            layer(x, training=True), numpy_layers.instance_norm(expected), 5e-6
        )

    def test_the_doubled_form_convolves_repeated_rows_and_columns(self):
        x = random((2, 4, 5, 3))
        layer = NormalizedConv2D(5, 3, padding=1, doubled=True)
        layer.build(x.shape)
        expected = numpy_layers.convolution(
            x.repeat(2, axis=1).repeat(2, axis=2),
            normalized_kernel(layer.conv),
            pad=1,
        )
        self.assert_close(
            layer(x, training=True), numpy_layers.instance_norm(expected), 5e-6
        )

    def test_at_inference_the_doubled_form_gives_the_same(self):
        x = random((2, 5, 7, 16))
        for spectral in (True, False):
            for normalization in ("none", "instance"):
                layer = NormalizedConv2D(
                    4,
                    3,
                    padding=1,
                    normalization=normalization,
                    spectral=spectral,
                    doubled=True,
                )
                layer.build(x.shape)
                for seed, weight in enumerate(layer.trainable_weights):
                    weight.assign(random(weight.shape, seed))
                plain = ops.convert_to_numpy(layer(x))
                with backend.inference(), convolves_doubled() as calls:
                    found = ops.convert_to_numpy(layer(x))
                    self.assertEqual(calls.call_count, 1)
                    layer(x, training=True)
                    self.assertEqual(calls.call_count, 1)
                self.assert_close(found, plain, 1e-5)

    def test_half_precision_rounds_once_at_inference_too(self):
        x = random((2, 5, 7, 16))
        layer = NormalizedConv2D(
            4, 3, padding=1, doubled=True, dtype="mixed_bfloat16"
        )
        plain = ops.convert_to_numpy(ops.cast(layer(x), "float32"))
        with backend.inference():
            found = ops.convert_to_numpy(ops.cast(layer(x), "float32"))
        np.testing.assert_array_equal(found, plain)

    def test_only_without_normalization_there_is_a_bias(self):
        for normalization in ("instance", "batch", "sync_batch", "none"):
            layer = NormalizedConv2D(4, 3, normalization=normalization)
            layer.build((None, None, None, 3))
            self.assertEqual(layer.conv.use_bias, normalization == "none")

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`normalization` must be one"):
            NormalizedConv2D(4, 3, normalization="layer")
        with self.assertRaisesRegex(ValueError, "`transposed` needs"):
            NormalizedConv2D(4, 4, 2, 1, transposed=True)
        for bad in ({"padding": 0}, {"padding": 1, "strides": 2}):
            with self.assertRaisesRegex(ValueError, "`doubled` needs"):
                NormalizedConv2D(4, 3, doubled=True, **bad)
        with self.assertRaisesRegex(ValueError, "`doubled` needs"):
            NormalizedConv2D(4, 3, 2, 1, transposed=True, doubled=True)
