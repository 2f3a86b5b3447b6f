from keras import ops

from keras_semsynth.layers import ConvStack
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class ConvStackTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ConvStack,
            {"widths": [4, 5], "kernel_size": 4, "strides": [2, 1]},
            call_args=[random((2, 9, 14, 3))],
            output_shape=[(2, 5, 8, 4), (2, 6, 9, 5)],
            trainable=2,
            non_trainable=2 * 2,
            policy_tolerance={"mixed_float16": 2e-2, "mixed_bfloat16": 2e-1},
        )

    def test_every_activation_is_returned(self):
        stack = ConvStack([4, 3], normalization="none", spectral=False)
        x = random((2, 6, 10, 2))
        stack.build(x.shape)
        for unit in stack.convs:
            unit.conv.bias.assign(random(unit.conv.bias.shape))
        for unit, output in zip(stack.convs, stack(x), strict=True):
            kernel = ops.convert_to_numpy(unit.conv.kernel)
            x = numpy_layers.convolution(x, kernel, strides=2, pad=1)
            x = x + ops.convert_to_numpy(unit.conv.bias)
            x = numpy_layers.leaky_relu(x)
            self.assert_close(output, x, 1e-5)

    def test_a_bias_can_stand_before_a_normalization(self):
        for use_bias in (None, True):
            stack = ConvStack([4], spectral=False, use_bias=use_bias)
            stack.build((None, None, None, 3))
            self.assertEqual(len(stack.weights), 2 if use_bias else 1)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"widths": [0]}, "`widths` must be"),
            ({"strides": [2]}, "`strides` must be one int or one for each"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                ConvStack(**{"widths": [4, 5], **bad})
