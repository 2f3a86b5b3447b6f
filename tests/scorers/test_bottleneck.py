import numpy as np

from keras_semsynth.scorers.bottleneck import Bottleneck
from keras_semsynth.scorers.bottleneck import check_widths
from keras_semsynth.scorers.bottleneck import make_blocks
from tests.scorers.test_conv_batch_norm import fill
from tests.scorers.test_conv_batch_norm import numpy_unit
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class BottleneckTest(SemsynthTestCase):
    def check(self, stride_first, dilation):
        block = Bottleneck(
            8, 2, dilation, project=True, stride_first=stride_first
        )
        x = random((2, 7, 10, 4))
        block.build(x.shape)
        fill(block)
        first, middle = (2, 1) if stride_first else (1, 2)
        y = numpy_unit(block.reduce, x, first, 1)
        y = numpy_unit(block.middle, y, middle, dilation)
        y = numpy_unit(block.increase, y, 1, 1)
        skip = numpy_unit(block.shortcut, x, 2, 1)
        self.assert_close(block(x), np.maximum(y + skip, 0), 1e-5)

    def test_the_3x3_has_the_stride(self):
        self.check(stride_first=False, dilation=1)

    def test_in_caffes_networks_the_first_1x1_has_the_stride(self):
        self.check(stride_first=True, dilation=2)

    def test_without_projection_the_input_is_added(self):
        block = Bottleneck(8)
        x = random((1, 4, 5, 8))
        block.build(x.shape)  # weights are zeros
        self.assert_close(block(x), np.maximum(x, 0), 1e-6)

    def test_the_first_block_of_a_stage_strides_and_projects(self):
        blocks = make_blocks(3, 16, "stage", strides=2)
        strides = [block.middle.conv.strides for block in blocks]
        self.assertEqual(strides, [(2, 2), (1, 1), (1, 1)])
        projects = [block.shortcut is not None for block in blocks]
        self.assertEqual(projects, [True, False, False])
        self.assertEqual(blocks[2].name, "stage_2")
        blocks = make_blocks(2, 16, "stage", dilation=4)
        dilations = {block.middle.conv.dilation_rate for block in blocks}
        self.assertEqual(dilations, {(4, 4)})

    def test_widths_that_no_network_can_have_are_errors(self):
        self.assertEqual(check_widths(16, (1, 2, 3, 4)), [1, 2, 3, 4])
        with self.assertRaisesRegex(ValueError, "width_divisor=3"):
            check_widths(3, (3, 4, 23, 3))
        with self.assertRaisesRegex(ValueError, "four positive integers"):
            check_widths(1, (3, 4, 23))
