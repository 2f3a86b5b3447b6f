import keras
import numpy as np
from keras import ops

from keras_semsynth.layers import one_hot_label_map
from keras_semsynth.layers import resize_label_map
from tests import golden
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ResizeLabelMapTest(SemsynthTestCase):
    @golden.slow_on_jax
    def test_indices_follow_the_official_rule_on_random_sizes(self):
        generator = np.random.default_rng(0)
        # JAX compiles every shape, a quarter of a second each.
        count = 20 if keras.backend.backend() == "jax" else 400
        sizes = generator.integers(1, 700, (count, 2)).tolist()
        # Ratios whose integer form (i * in) // out gives another index.
        sizes += [(size, 7 * size // 5) for size in (5, 25, 45, 95)]
        for size_in, size_out in sizes:
            ids = np.arange(size_in, dtype="int32").reshape(1, size_in, 1)
            found = ops.convert_to_numpy(resize_label_map(ids, size_out, 1))
            self.assertEqual(
                found.ravel().tolist(),
                numpy_layers.nearest_indices(size_in, size_out),
                f"{size_in} -> {size_out}",
            )

    def test_an_integer_reduction_keeps_the_top_left_pixel(self):
        label_map = random_label_map((2, 12, 8), 50)
        found = resize_label_map(label_map, 4, 2)
        self.assert_close(found, label_map[:, ::3, ::4], 0)

    def test_rows_and_columns_resize_independently(self):
        label_map = random_label_map((2, 9, 14), 50)
        for height, width in [(9, 14), (9, 5), (4, 14), (18, 28), (3, 41)]:
            expected = numpy_layers.resize_nearest(label_map, height, width)
            found = resize_label_map(label_map, height, width)
            self.assert_close(found, expected, 0)

    def test_dtype_and_channels_are_kept(self):
        for dtype in ("uint8", "int32", "float32"):
            maps = random_label_map((1, 6, 7, 3), 200).astype(dtype)
            found = resize_label_map(maps, 4, 9)
            self.assertEqual(
                keras.backend.standardize_dtype(found.dtype), dtype
            )
            expected = numpy_layers.resize_nearest(maps, 4, 9)
            self.assert_close(found, expected, 0)

    def test_a_dynamic_input_size_gives_the_same(self):
        inputs = keras.Input((None, None), dtype="int32")
        layer = keras.layers.Lambda(
            lambda x: resize_label_map(x, 6, 5), output_shape=(6, 5)
        )
        model = keras.Model(inputs, layer(inputs))
        for height, width in [(6, 5), (12, 20), (13, 17), (3, 4)]:
            label_map = random_label_map((2, height, width), 50)
            expected = numpy_layers.resize_nearest(label_map, 6, 5)
            self.assert_close(model.predict(label_map, verbose=0), expected, 0)


class OneHotLabelMapTest(SemsynthTestCase):
    def test_foreign_ids_give_a_zero_row(self):
        label_map = np.array([[[0, 2, 3, -1, 255]]], "int32")
        found = ops.convert_to_numpy(one_hot_label_map(label_map, 3))
        self.assertEqual(found.dtype, "float32")
        self.assertEqual(found.tolist(), one_hot_map(label_map, 3).tolist())
        self.assertEqual(found.sum(), 2)

    def test_a_soft_label_map_is_only_cast(self):
        soft = np.abs(random((1, 2, 3, 4)))
        self.assert_close(one_hot_label_map(soft, 4), soft, 0)
        half = one_hot_label_map(soft, 4, "float16")
        self.assertEqual(keras.backend.standardize_dtype(half.dtype), "float16")
