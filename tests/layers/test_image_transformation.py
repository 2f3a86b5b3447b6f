import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import layers
from keras_semsynth.layers.image_transformation import OUTSIDE
from keras_semsynth.layers.image_transformation import adjust_color
from keras_semsynth.layers.image_transformation import rectangle
from keras_semsynth.layers.image_transformation import shifted
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error

SIZE = (6, 9)
SHIFTS = np.array([[2, 0, -1, 3], [-3, 0, 4, 1]], "int32")
FLIPPED = np.array([True, True, False, False])
CUT = np.array([True, False, True, True])
CENTERS = np.array([[0, 3, 6, 2], [9, 3, 4, 0]], "int32")
COLOR = np.array(
    [[0.4, -0.3, 0.0, 0.1], [0.0, 1.7, 1.0, 0.6], [1.4, 0.6, 1.0, 1.1]],
    "float32",
)


def make(**changes):
    """A transformation of four pictures, each moved, mirrored, cut anew."""
    arguments = {
        "color": tuple(COLOR),
        "sources": (
            shifted(SIZE[0], SHIFTS[0]),
            shifted(SIZE[1], SHIFTS[1], FLIPPED),
        ),
        "blank": rectangle(SIZE, CENTERS, CUT),
    }
    return layers.ImageTransformation(**{**arguments, **changes})


def numpy_moved(array, empty):
    """Moves pixel after pixel, and says what is empty."""
    result = np.full_like(array, empty)
    (height, width), shown = SIZE, np.zeros(array.shape[:3], bool)
    for b, i, j in np.ndindex(len(array), height, width):
        row, column = i + SHIFTS[0, b], j + SHIFTS[1, b]
        if 0 <= row < height and 0 <= column < width:
            source = width - 1 - j if FLIPPED[b] else j
            result[b, row, column] = array[b, i, source]
            shown[b, row, column] = True
        if CUT[b]:
            top, left = CENTERS[0, b] - 1, CENTERS[1, b] - 2
            rows = slice(max(top, 0), max(top + height // 2, 0))
            columns = slice(max(left, 0), max(left + width // 2, 0))
            result[b, rows, columns] = empty
            shown[b, rows, columns] = False
    # A pixel may have come after the rectangle that covers it.
    result[~shown] = empty
    return result, shown


class ImageTransformationTest(unittest.TestCase):
    def setUp(self):
        self.image = random((4, *SIZE, 3))
        self.label_map = random_label_map((4, *SIZE), 5)

    def test_colors_follow_their_formulas(self):
        expected = self.image.astype("float64")
        brightness, saturation, contrast = COLOR[:, :, None, None, None]
        expected = expected + brightness
        grey = expected.mean(-1, keepdims=True)
        expected = grey + saturation * (expected - grey)
        mean = expected.mean((1, 2, 3), keepdims=True)
        expected = mean + contrast * (expected - mean)
        found = adjust_color(self.image, *COLOR)
        self.assertLess(relative_error(found, expected), 1e-6)
        # Brightness 0, saturation 1 and contrast 1 change nothing.
        found = ops.convert_to_numpy(found)
        np.testing.assert_array_equal(found[2], self.image[2])

    def test_images_and_layouts_are_moved_pixel_by_pixel(self):
        moved = make(color=None)
        expected, shown = numpy_moved(self.image, 0.0)
        self.assertLess(shown.mean(), 0.8)
        for b in range(4):
            self.assertTrue(shown[b].any())
        found = {
            "image": (moved.of_image(self.image), expected),
            "edge_map": (
                moved.of_map(self.image[..., :1]),
                expected[..., :1],
            ),
            "soft": (moved.of_label_map(self.image), expected),
            "label_map": (
                moved.of_label_map(self.label_map.astype("uint8")),
                numpy_moved(self.label_map, OUTSIDE)[0],
            ),
            "shown": (moved.shown, shown),
        }
        for name, (one, other) in found.items():
            np.testing.assert_array_equal(
                ops.convert_to_numpy(one), other, name
            )

    def test_a_picture_of_a_layout_stays_one_of_it(self):
        colors = random((5, 3))
        moved = make(color=None)
        image = moved.of_image(colors[self.label_map])
        label_map = ops.convert_to_numpy(moved.of_label_map(self.label_map))
        colors = np.concatenate([colors, np.zeros((1, 3), "float32")])
        self.assertIn(OUTSIDE, label_map)
        np.testing.assert_array_equal(
            ops.convert_to_numpy(image), colors[label_map]
        )

    def test_colors_leave_what_is_empty_empty(self):
        moved = make()
        image = ops.convert_to_numpy(moved.of_image(self.image))
        shown = ops.convert_to_numpy(moved.shown)
        np.testing.assert_array_equal(image[~shown], 0.0)
        colored = ops.convert_to_numpy(adjust_color(self.image, *COLOR))
        np.testing.assert_allclose(
            image, numpy_moved(colored, 0.0)[0], rtol=1e-5, atol=1e-6
        )

    def test_gradients_reach_each_pixel_that_is_shown(self):
        weights = random((4, *SIZE, 3), 1)
        moved = make(color=None)
        (found,) = gradients(
            lambda image: dot(moved.of_image(image), weights), [self.image]
        )
        # The transposed movement: where `1` arrives, its weight comes back.
        expected = np.zeros_like(weights)
        numbers = np.arange(self.label_map.size).reshape(self.label_map.shape)
        arrived, shown = numpy_moved(numbers, -1)
        expected.reshape(-1, 3)[arrived[shown]] = weights[shown]
        self.assertLess(relative_error(found, expected), 1e-6)
        (found,) = gradients(
            lambda image: dot(make().of_image(image), weights), [self.image]
        )
        self.assertTrue(np.isfinite(found).all())
        self.assertGreater(np.abs(found).max(), 0.1)

    def test_half_precision_is_left(self):
        image = ops.cast(self.image, "bfloat16")
        dtype = make().of_image(image).dtype
        self.assertEqual(keras.backend.standardize_dtype(dtype), "float32")
