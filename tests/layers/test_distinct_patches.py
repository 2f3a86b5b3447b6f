import numpy as np
from keras import ops

from keras_semsynth.layers import SPADE
from keras_semsynth.layers import distinct_patches
from keras_semsynth.layers import layout_patches
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error


def blocky_label_map(num_classes=5):
    label_map = random_label_map((2, 7, 6), num_classes)
    return label_map.repeat(3, axis=1).repeat(3, axis=2)


class DistinctPatchesTest(SemsynthTestCase):
    def test_every_pixel_gets_its_own_patch_and_no_patch_comes_twice(self):
        label_map = blocky_label_map()
        for size in (1, 3, 5):
            index, patches = distinct_patches(
                ops.convert_to_tensor(label_map), size, 5
            )
            index = ops.convert_to_numpy(index)
            # On JAX more would mean nothing.
            patches = ops.convert_to_numpy(patches)[: index.max() + 1]
            pad = size // 2
            padded = np.pad(
                label_map, ((0, 0), (pad, pad), (pad, pad)), constant_values=5
            )
            windows = np.lib.stride_tricks.sliding_window_view(
                padded, (size, size), (1, 2)
            )
            np.testing.assert_array_equal(patches[index], windows)
            different = np.unique(windows.reshape(-1, size**2), axis=0)
            self.assertEqual(len(patches), len(different))

    def test_spade_is_the_same_from_patches(self):
        label_map = blocky_label_map()
        label_map[0, 4, 5] = -1  # acts as an all-zero row
        label_map[1, 9, 0] = 5
        edges = random_label_map((2, 7, 6, 1), 2, seed=4).astype("float32")
        edges = edges.repeat(3, axis=1).repeat(3, axis=2)
        for kernel_size in (1, 3, 5):
            for extra_map in (None, edges, random((2, 4), seed=5)):
                with self.subTest(
                    kernel_size=kernel_size,
                    extra=None if extra_map is None else extra_map.shape,
                ):
                    self.compare(label_map, extra_map, kernel_size)

    def compare(self, label_map, extra_map, kernel_size):
        features = random((2, 21, 18, 7))
        extra_channels = 0 if extra_map is None else extra_map.shape[-1]
        layer = SPADE(5, extra_channels, 6, kernel_size)
        layer.build(features.shape)
        for variable in layer.weights:
            if variable.path.endswith("bias"):
                variable.assign(random(variable.shape, seed=3))
        level = {"label_map": label_map}
        if extra_map is not None:
            extra_map = ops.convert_to_tensor(extra_map)
            level["extra_map"] = extra_map
        expected = layer(features, level)
        patches = layout_patches(label_map, extra_map, kernel_size, 5)
        actual = layer(features, {**level, "patches": patches})
        self.assertLess(relative_error(actual, expected), 1e-6)
        others = layout_patches(
            label_map[::-1].copy(), extra_map, kernel_size, 5
        )
        changed = layer(features, {**level, "patches": others})
        self.assertGreater(relative_error(changed, expected), 1e-2)
