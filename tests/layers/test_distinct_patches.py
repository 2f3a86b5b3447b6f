import warnings

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.layers import SPADE
from keras_semsynth.layers import distinct_patches
from keras_semsynth.layers import spade_patches
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error

ON_JAX = keras.backend.backend() == "jax"


def blocky_label_map(num_classes=5):
    label_map = random_label_map((2, 7, 6), num_classes)
    return label_map.repeat(3, axis=1).repeat(3, axis=2)


@pytest.mark.skipif(ON_JAX, reason="JAX cannot count patches while compiling")
class DistinctPatchesTest(SemsynthTestCase):
    def test_every_pixel_gets_its_own_patch_and_no_patch_comes_twice(self):
        label_map = blocky_label_map()
        for size in (1, 3, 5):
            index, patches = distinct_patches(
                ops.convert_to_tensor(label_map.astype("int64")), size, 5
            )
            index = ops.convert_to_numpy(index)
            patches = ops.convert_to_numpy(patches)
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
        features = random((2, 21, 18, 7))
        for kernel_size in (1, 3, 5):
            layer = SPADE(5, hidden_filters=6, kernel_size=kernel_size)
            layer.build(features.shape)
            for variable in layer.weights:
                if variable.path.endswith("bias"):
                    variable.assign(random(variable.shape, seed=3))
            level = {"label_map": label_map}
            expected = layer(features, level)
            patches = spade_patches(label_map, kernel_size, 5)
            actual = layer(features, {**level, "patches": patches})
            self.assertLess(relative_error(actual, expected), 1e-6)
            others = spade_patches(label_map[::-1].copy(), kernel_size, 5)
            changed = layer(features, {**level, "patches": others})
            self.assertGreater(relative_error(changed, expected), 1e-2)


@pytest.mark.skipif(not ON_JAX, reason="the refusal is JAX's")
class DistinctPatchesOnJAXTest(SemsynthTestCase):
    def test_jax_refuses_with_advice(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # JAX has no int64 either
            with self.assertRaisesRegex(RuntimeError, "deduplicate=False"):
                spade_patches(blocky_label_map(), 3, 5)
