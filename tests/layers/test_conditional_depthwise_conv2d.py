import unittest

import numpy as np

from keras_semsynth.layers import ConditionalDepthwiseConv2D
from tests import golden
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import random


def convolution(features, taps, size):
    """Eq. 1 of CC-FPSE, one tap at a time, in float64."""
    batch, height, width, channels = features.shape
    taps = np.float64(taps).reshape(batch, height, width, channels, size, size)
    pad = size // 2
    padded = np.pad(
        np.float64(features), [[0, 0], [pad, pad], [pad, pad], [0, 0]]
    )
    result = np.zeros(features.shape)
    for i, j in np.ndindex(height, width):
        window = padded[:, i : i + size, j : j + size]
        result[:, i, j] = np.einsum("bmnc,bcmn->bc", window, taps[:, i, j])
    return result


def convolution_gradients(features, taps, cotangent, size):
    """Gradients of `sum(convolution(features, taps) * cotangent)`."""
    batch, height, width, channels = features.shape
    taps = np.float64(taps).reshape(batch, height, width, channels, size, size)
    pad = size // 2
    border = [[0, 0], [pad, pad], [pad, pad], [0, 0]]
    padded = np.pad(np.float64(features), border)
    of_padded, of_taps = np.zeros(padded.shape), np.zeros(taps.shape)
    for i, j in np.ndindex(height, width):
        rows, columns = slice(i, i + size), slice(j, j + size)
        upstream = np.float64(cotangent[:, i, j])
        of_taps[:, i, j] = np.einsum(
            "bmnc,bc->bcmn", padded[:, rows, columns], upstream
        )
        of_padded[:, rows, columns] += np.einsum(
            "bcmn,bc->bmnc", taps[:, i, j], upstream
        )
    of_features = of_padded[:, pad : pad + height, pad : pad + width]
    return of_features, of_taps.reshape(batch, height, width, -1)


class ConditionalDepthwiseConv2DTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ConditionalDepthwiseConv2D,
            {"kernel_size": 3},
            call_args=[random((2, 5, 7, 3)), random((2, 5, 7, 27))],
            output_shape=(2, 5, 7, 3),
            trainable=0,
            non_trainable=0,
            fits=False,
        )

    def test_values_and_gradients_equal_the_equation(self):
        for size in (1, 3, 5):
            with self.subTest(kernel_size=size):
                features = random((2, 4, 6, 3))
                taps = random((2, 4, 6, 3 * size**2), 1)
                cotangent = random((2, 4, 6, 3), 2)
                layer = ConditionalDepthwiseConv2D(size)
                self.assert_close(
                    layer(features, taps),
                    convolution(features, taps, size),
                    1e-6,
                )
                found = gradients(
                    lambda x, v, layer=layer, c=cotangent: dot(layer(x, v), c),
                    [features, taps],
                )
                expected = convolution_gradients(
                    features, taps, cotangent, size
                )
                for ours, theirs in zip(found, expected, strict=True):
                    self.assert_close(ours, theirs, 1e-6)

    def test_a_kernel_may_be_larger_than_the_features(self):
        features, taps = random((1, 2, 1, 2)), random((1, 2, 1, 98), 1)
        self.assert_close(
            ConditionalDepthwiseConv2D(7)(features, taps),
            convolution(features, taps, 7),
            1e-6,
        )

    def test_the_central_tap_alone_leaves_the_features_alone(self):
        features = random((2, 4, 6, 3))
        taps = np.zeros((2, 4, 6, 3, 9), "float32")
        taps[..., 4] = 1
        output = ConditionalDepthwiseConv2D()(
            features, taps.reshape(2, 4, 6, 27)
        )
        self.assert_close(output, features, 0.0)

    def test_bad_arguments_are_named(self):
        for bad in (0, 2, 3.0):
            with self.assertRaisesRegex(ValueError, "`kernel_size` must be"):
                ConditionalDepthwiseConv2D(bad)
        with self.assertRaisesRegex(ValueError, "`taps` must have 27 channels"):
            ConditionalDepthwiseConv2D()(
                random((1, 4, 4, 3)), random((1, 4, 4, 9))
            )


class ConditionalDepthwiseConv2DGoldenTest(unittest.TestCase):
    def test_values_and_gradients(self):
        file = golden.Golden("ccfpse_depthwise")

        def make():
            layer = ConditionalDepthwiseConv2D(file.options["kernel"])
            layer.build((None, None, None, file.options["channels"]))
            return layer, []

        def call(layer, inputs, training):
            return {"y": layer(inputs["x"], inputs["weights"])}

        inputs = {
            name: golden.to_last(file[f"in/{name}"])
            for name in ("x", "weights")
        }
        # Limit for single layers, measured elsewhere at 9e-7.
        golden.ForwardCheck(self, file, make, call, inputs, 1e-5).run()
