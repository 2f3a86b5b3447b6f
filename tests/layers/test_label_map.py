import keras
import numpy as np
from keras import ops

from keras_semsynth.layers import LabelMapResizing
from keras_semsynth.layers import edge_map_from_instances
from keras_semsynth.layers import one_hot_label_map
from keras_semsynth.layers import resize_label_map
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ResizeLabelMapTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            LabelMapResizing,
            {"height": 5, "width": 4},
            call_args=[random_label_map((2, 13, 8), 200)],
            output_shape=(2, 5, 4),
            trainable=0,
            non_trainable=0,
            output_dtype="int32",
            fits=False,
        )

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
        model = keras.Model(inputs, LabelMapResizing(6, 5)(inputs))
        for height, width in [(6, 5), (12, 20), (13, 17), (3, 4)]:
            label_map = random_label_map((2, height, width), 50)
            expected = numpy_layers.resize_nearest(label_map, 6, 5)
            self.assert_close(model.predict(label_map, verbose=0), expected, 0)

    def test_bad_sizes_are_named(self):
        with self.assertRaisesRegex(ValueError, "`height` must be"):
            LabelMapResizing(0, 4)
        with self.assertRaisesRegex(ValueError, "`width` must be"):
            LabelMapResizing(4, 2.5)


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


class EdgeMapFromInstancesTest(SemsynthTestCase):
    def test_both_sides_of_a_boundary_are_marked(self):
        instances = np.array(
            [[[7, 7, 7, 9], [7, 7, 7, 9], [7, 1, 7, 7]]], "int32"
        )
        expected = [[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]]
        found = ops.convert_to_numpy(edge_map_from_instances(instances))
        self.assertEqual(found.shape, (1, 3, 4, 1))
        self.assertEqual(found[0, :, :, 0].tolist(), expected)

    def test_equals_a_look_at_the_four_neighbours(self):
        instances = random_label_map((2, 9, 11), 3).astype("int64") + 24_000
        expected = np.zeros((2, 9, 11, 1))
        for image, y, x in np.ndindex(2, 9, 11):
            for v, w in [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]:
                if 0 <= v < 9 and 0 <= w < 11:
                    other = instances[image, v, w]
                    if other != instances[image, y, x]:
                        expected[image, y, x] = 1
        self.assert_close(edge_map_from_instances(instances), expected, 0)

    def test_a_single_instance_has_no_edges(self):
        found = ops.convert_to_numpy(
            edge_map_from_instances(np.full((1, 5, 6), 3, "int32"))
        )
        self.assertEqual(found.max(), 0)
