import unittest

import numpy as np
from PIL import Image

from keras_semsynth.scorers import image_batch
from keras_semsynth.scorers.inception_resizing import inception_input
from keras_semsynth.scorers.inception_resizing import resized


def images(shape=(2, 17, 400, 3)):
    random = np.random.RandomState(0)
    return random.randint(0, 256, shape).astype("uint8")


def interpolated(image, place):
    """Bilinear interpolation pixel by pixel, as the textbook has it."""
    height, width, _ = image.shape
    result = np.empty((299, 299, 3))
    for row in range(299):
        y = place(row, height / 299)
        top, bottom = int(y), min(int(y) + 1, height - 1)
        for column in range(299):
            x = place(column, width / 299)
            left, right = int(x), min(int(x) + 1, width - 1)
            upper, lower = (
                image[i, left] * (1 - x % 1) + image[i, right] * (x % 1)
                for i in (top, bottom)
            )
            result[row, column] = upper * (1 - y % 1) + lower * (y % 1)
    return result


class InceptionInputTest(unittest.TestCase):
    def test_torch_samples_at_half_pixels_of_values_to_one(self):
        batch = images()
        expected = interpolated(
            batch[1] / 255, lambda i, scale: max((i + 0.5) * scale - 0.5, 0.0)
        )
        actual = resized(batch, "torch")
        self.assertEqual(actual.dtype, np.float32)
        np.testing.assert_allclose(actual[1], expected, atol=3e-5)
        np.testing.assert_allclose(
            inception_input(batch), 2 * actual - 1, atol=1e-6
        )

    def test_tf1_does_not_shift_by_half_a_pixel(self):
        batch = images()
        expected = interpolated(
            batch[0].astype("float64"), lambda i, scale: i * scale
        )
        actual = resized(batch, "tf1")
        np.testing.assert_allclose(actual[0], expected, atol=1e-2)
        np.testing.assert_allclose(
            inception_input(batch, "tf1"), (actual - 128) / 128, atol=1e-6
        )

    def test_clean_is_pillow_bicubic_clipped_and_not_rounded(self):
        batch = images()
        plane = Image.fromarray(batch[1, ..., 2].astype("float32"))
        plane = np.asarray(plane.resize((299, 299), Image.Resampling.BICUBIC))
        self.assertLess(plane.min(), 0.0)  # so that clipping is seen
        actual = resized(batch, "clean")
        np.testing.assert_array_equal(actual[1, ..., 2], plane.clip(0, 255))
        self.assertTrue((actual % 1 != 0).any())
        np.testing.assert_allclose(
            inception_input(batch, "clean"), (actual - 128) / 128, atol=1e-6
        )

    def test_none_leaves_the_size(self):
        batch = images()
        np.testing.assert_allclose(
            inception_input(batch, "none"), batch / 127.5 - 1, atol=1e-6
        )

    def test_an_image_of_the_right_size_is_not_touched(self):
        batch = images((1, 299, 299, 3))
        for rule in ("torch", "tf1", "clean"):
            pixels = resized(batch, rule) * (255 if rule == "torch" else 1)
            np.testing.assert_allclose(pixels, batch, atol=1e-4)

    def test_floats_are_scored_without_rounding(self):
        batch = images()
        exact = (batch / 127.5 - 1).astype("float32")
        for rule in ("torch", "tf1", "clean", "none"):
            np.testing.assert_allclose(
                inception_input(exact, rule),
                inception_input(batch, rule),
                atol=1e-5,
            )
            moved = inception_input(exact * 0.999, rule)
            self.assertGreater(
                np.abs(moved - inception_input(batch, rule)).max(), 5e-4
            )

    def test_a_list_may_hold_different_sizes(self):
        first, second = images((1, 20, 30, 3)), images((1, 7, 5, 3))
        joined = inception_input([first[0], second[0]])
        self.assertEqual(joined.shape, (2, 299, 299, 3))
        np.testing.assert_array_equal(joined[1:], inception_input(second))

    def test_bad_images_and_rules_are_errors(self):
        with self.assertRaisesRegex(ValueError, "'clean'.*resize='lanczos'"):
            inception_input(images(), "lanczos")
        with self.assertRaisesRegex(ValueError, r"shape \(17, 400, 3\)"):
            inception_input(images()[0])
        with self.assertRaisesRegex(ValueError, "one image"):
            inception_input([])
        with self.assertRaisesRegex(ValueError, "dtype int64"):
            inception_input(images().astype("int64"))
        with self.assertRaisesRegex(ValueError, "as uint8.*255"):
            inception_input(images().astype("float32"))
        broken = np.zeros((1, 8, 8, 3), "float32")
        broken[0, 0, 0, 0] = np.nan
        with self.assertRaisesRegex(ValueError, "NaN.*diverged"):
            inception_input(broken)


class ImageBatchTest(unittest.TestCase):
    def test_ranges_of_pixels_and_of_floats_agree(self):
        batch = images()
        exact = (batch / 127.5 - 1).astype("float32")
        for function, scale, offset in (
            (image_batch.pixels, 1, 0),
            (image_batch.unit, 255, 0),
            (image_batch.symmetric, 127.5, -1),
        ):
            for values in (batch, exact):
                result = function(values)
                self.assertEqual(result.dtype, np.float32)
                np.testing.assert_allclose(
                    result, batch / scale + offset, rtol=1e-5, atol=1e-4
                )
