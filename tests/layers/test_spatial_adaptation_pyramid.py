import numpy as np

from keras_semsynth.layers import SpatialAdaptationPyramid
from tests.layers.test_patch_head import convolve
from tests.layers.test_patch_head import normalize
from tests.layers.test_patch_head import randomized
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class SpatialAdaptationPyramidTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            SpatialAdaptationPyramid,
            {
                "filters": 6,
                "num_classes": 4,
                "extra_channels": 2,
                "num_halvings": 1,
            },
            call_args=[random_label_map((2, 6, 9), 4), random((2, 2))],
            output_shape=[(2, 6, 9, 3), (2, 6, 9, 6), (2, 3, 5, 6)],
            trainable=3 * 4,
            non_trainable=3 * 2,
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
            fit_policies=(),
        )

    def test_training_equals_the_equations(self):
        label_map = random_label_map((2, 8, 12), 4)
        noise = random((2, 8, 12, 3))
        pyramid = randomized(
            SpatialAdaptationPyramid(
                4, num_classes=4, extra_channels=3, num_halvings=2
            )
        )
        x = np.concatenate([one_hot_map(label_map, 4), noise], axis=-1)
        found = pyramid(label_map, noise, training=True)
        self.assertEqual(len(found), 4)
        for i, level in enumerate(found):
            x = convolve(pyramid.convs[i], x, 2 if i > 1 else 1)
            x = np.maximum(normalize(pyramid.norms[i], x), 0)
            self.assert_close(level, x, 3e-5)

    def test_a_constant_map_equals_its_vector(self):
        label_map = random_label_map((2, 8, 12), 4)
        noise = random((2, 3))
        everywhere = np.broadcast_to(noise[:, None, None], (2, 8, 12, 3))
        pyramid = randomized(
            SpatialAdaptationPyramid(4, num_classes=4, extra_channels=3)
        )
        for one, other in zip(
            pyramid(label_map, noise),
            pyramid(label_map, everywhere),
            strict=True,
        ):
            self.assert_close(one, other, 1e-5)

    def test_bad_arguments_are_named(self):
        for bad in (
            {"filters": 1},
            {"num_classes": 0},
            {"num_halvings": -1},
            {"normalization": "x"},
        ):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                SpatialAdaptationPyramid(
                    **{"filters": 4, "num_classes": 4, **bad}
                )
