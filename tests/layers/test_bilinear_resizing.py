import keras
import numpy as np
from keras import ops

from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def numpy_bilinear(x, height, width):
    """One pixel at a time: half-pixel centres, border values repeated."""

    def neighbours(i, source, size):
        position = (i + 0.5) * source / size - 0.5
        position = min(max(position, 0.0), source - 1.0)
        low = int(position)
        return low, min(low + 1, source - 1), position - low

    result = np.zeros((len(x), height, width, x.shape[3]))
    for i, j in np.ndindex(height, width):
        top, bottom, down = neighbours(i, x.shape[1], height)
        left, right, across = neighbours(j, x.shape[2], width)
        upper = x[:, top, left] * (1 - across) + x[:, top, right] * across
        lower = x[:, bottom, left] * (1 - across) + x[:, bottom, right] * across
        result[:, i, j] = upper * (1 - down) + lower * down
    return result


class BilinearResizingTest(SemsynthTestCase):
    def test_equals_the_rule(self):
        x = random((2, 3, 5, 4))
        for size in ((3, 5), (12, 20), (7, 11), (1, 3), (96, 160)):
            with self.subTest(size=size):
                found = resize_bilinear(x, *size)
                self.assert_close(found, numpy_bilinear(x, *size), 2e-6)

    def test_dynamic_sizes(self):
        inputs = keras.Input((None, None, 4))
        like = keras.Input((None, None, 1))
        outputs = _ResizeLike()(inputs, like)
        model = keras.Model([inputs, like], outputs)
        x, target = random((2, 3, 5, 4)), random((2, 8, 9, 1))
        found = model.predict([x, target], verbose=0)
        self.assert_close(found, numpy_bilinear(x, 8, 9), 2e-6)


class _ResizeLike(keras.layers.Layer):
    def call(self, x, like):
        return resize_bilinear(x, *ops.shape(like)[1:3])

    def compute_output_shape(self, x_shape, like_shape):
        return (*like_shape[:3], x_shape[-1])
