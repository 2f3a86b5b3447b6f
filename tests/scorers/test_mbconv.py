import numpy as np
from keras import ops

from keras_semsynth.scorers.mbconv import MBConv
from keras_semsynth.scorers.mbconv_unit import MBConvUnit
from tests import numpy_layers
from tests.scorers.test_conv_batch_norm import fill
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def same_padding(x, size, strides):
    """Zeros as TensorFlow's "same" puts them: the odd ones at the end."""
    pads = [(0, 0)]
    for length in x.shape[1:3]:
        total = max((-(-length // strides) - 1) * strides + size - length, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(np.float64(x), [*pads, (0, 0)])


def depthwise(x, kernel, strides):
    """Every channel with the kernel of its own."""
    return np.concatenate(
        [
            numpy_layers.convolution(
                x[..., i : i + 1], kernel[:, :, i : i + 1], strides
            )
            for i in range(x.shape[-1])
        ],
        axis=-1,
    )


def numpy_unit(unit, x, strides=1):
    kernel, gamma, beta, mean, variance = (
        np.float64(ops.convert_to_numpy(weight)) for weight in unit.weights
    )
    x = same_padding(x, len(kernel), strides)
    convolve = depthwise if unit.filters is None else numpy_layers.convolution
    x = convolve(x, kernel, strides)
    x = (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    return np.clip(x, 0, 6) if unit.relu6 else x


class MBConvTest(SemsynthTestCase):
    def test_a_unit_pads_as_tensorflow_and_cuts_at_six(self):
        x = 3 * random((2, 8, 11, 3))
        for filters, size, strides in ((5, 3, 2), (4, 1, 1), (None, 5, 2)):
            with self.subTest(filters=filters, size=size):
                unit = MBConvUnit(filters, size, strides)
                unit.build(x.shape)
                fill(unit)
                expected = numpy_unit(unit, x, strides)
                self.assertEqual(expected.max(), 6.0)
                self.assert_close(unit(x), expected, 1e-4)

    def test_a_block_widens_looks_around_narrows_and_adds_its_input(self):
        x = random((2, 7, 10, 4))
        for filters, size, strides, expansion in (
            (4, 3, 1, 6),
            (4, 5, 2, 6),
            (5, 3, 1, 2),
            (4, 3, 1, 1),
        ):
            with self.subTest(filters=filters, strides=strides):
                block = MBConv(4, filters, size, strides, expansion)
                block.build(x.shape)
                fill(block)
                y = x
                if expansion > 1:
                    y = numpy_unit(block.expand, x)
                    self.assertEqual(y.shape[-1], 4 * expansion)
                y = numpy_unit(block.depthwise, y, strides)
                y = numpy_unit(block.project, y)
                if strides == 1 and filters == 4:
                    y = y + x
                self.assert_close(block(x), y, 1e-4)
