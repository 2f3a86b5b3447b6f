import numpy as np
from keras import ops

from keras_semsynth.layers import ReflectionPadding2D
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ReflectionPadding2DTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ReflectionPadding2D,
            {"padding": 3},
            call_args=[random((2, 5, 7, 3))],
            output_shape=(2, 11, 13, 3),
            trainable=0,
            non_trainable=0,
            output_dtype="float32",  # that of the input
            fits=False,
        )

    def test_the_border_pixel_is_not_repeated(self):
        x = random((2, 5, 7, 3))
        for padding in range(5):
            pads = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
            expected = np.pad(x, pads, mode="reflect")
            self.assert_close(ReflectionPadding2D(padding)(x), expected, 0)

    def test_label_maps_can_be_padded_too(self):
        label_map = random_label_map((2, 5, 7), 9)
        expected = np.pad(label_map, [[0, 0], [2, 2], [2, 2]], mode="reflect")
        found = ops.convert_to_numpy(ReflectionPadding2D(2)(label_map))
        self.assertEqual(found.tolist(), expected.tolist())

    def test_gradients_add_up_where_a_pixel_is_used_twice(self):
        x = random((1, 2, 2, 1))
        layer = ReflectionPadding2D(1)
        (found,) = gradients(lambda value: ops.sum(layer(value)), [x])
        self.assertEqual(found.ravel().tolist(), [4, 4, 4, 4])

    def test_padding_as_large_as_the_image_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "larger than the padding"):
            ReflectionPadding2D(4)(random((1, 4, 8, 1)))

    def test_bad_padding_is_named(self):
        with self.assertRaisesRegex(ValueError, "`padding` must be"):
            ReflectionPadding2D(-1)
        with self.assertRaisesRegex(ValueError, "`padding` must be"):
            ReflectionPadding2D(1.5)
