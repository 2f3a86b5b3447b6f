import numpy as np
from keras import ops

from keras_semsynth.layers import FeatureMixing
from keras_semsynth.layers import RandomConv2D
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def kernel_of(layer):
    return ops.convert_to_numpy(layer.kernel)


def doubled(x):
    """Twice the height and width: a quarter of the nearest other cell."""
    for axis in (1, 2):
        before = np.concatenate(
            [x.take([0], axis), x.take(range(x.shape[axis] - 1), axis)], axis
        )
        after = np.concatenate(
            [x.take(range(1, x.shape[axis]), axis), x.take([-1], axis)], axis
        )
        pairs = np.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after])
        pairs = np.moveaxis(pairs, 0, axis + 1)
        shape = list(x.shape)
        shape[axis] *= 2
        x = pairs.reshape(shape)
    return x


class RandomConv2DTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            RandomConv2D,
            {"filters": 4, "kernel_size": 3, "seed": 3},
            call_args=[random((2, 5, 7, 3))],
            output_shape=(2, 5, 7, 4),
            trainable=0,
            non_trainable=1,
            fits=False,
            policy_tolerance={"mixed_bfloat16": 8e-2},
        )

    def test_the_seed_decides_the_kernel_and_the_variance_stays(self):
        kernels = []
        for seed in (1, 1, 2):
            layer = RandomConv2D(64, 3, seed=seed)
            layer.build((None, None, None, 32))
            kernels.append(kernel_of(layer))
        np.testing.assert_array_equal(kernels[0], kernels[1])
        self.assertGreater(np.abs(kernels[0] - kernels[2]).max(), 0.01)
        self.assertAlmostEqual(kernels[0].var() * 9 * 32, 1.0, delta=0.05)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`filters` must be"):
            RandomConv2D(0)
        with self.assertRaisesRegex(ValueError, "`kernel_size` must be"):
            RandomConv2D(2, 0)


class FeatureMixingTest(SemsynthTestCase):
    features = [
        random((2, 8, 12, 3)),
        random((2, 4, 6, 5), seed=1),
        random((2, 2, 3, 4), seed=2),
    ]

    def test_contract(self):
        self.check_layer(
            FeatureMixing,
            {"widths": [4, 6, 5], "seed": 1},
            call_args=[self.features],
            output_shape=[(2, 8, 12, 4), (2, 4, 6, 6), (2, 2, 3, 5)],
            trainable=0,
            non_trainable=5,
            fits=False,
            policy_tolerance={"mixed_float16": 8e-3, "mixed_bfloat16": 8e-2},
        )

    def test_levels_are_mixed_from_the_coarsest_on(self):
        layer = FeatureMixing([4, 6, 5])
        found = layer(self.features)
        channels = [
            x @ kernel_of(mixer)[0, 0]
            for x, mixer in zip(
                self.features, layer.channel_mixers, strict=True
            )
        ]
        expected = [channels[2]]
        for level in (1, 0):
            coarse = numpy_layers.convolution(
                doubled(expected[0]),
                kernel_of(layer.scale_mixers[level]),
                pad=1,
            )
            expected.insert(0, (channels[level] + coarse) / 2**0.5)
        for ours, theirs in zip(found, expected, strict=True):
            self.assert_close(ours, theirs, 1e-5)

    def test_without_cross_scale_a_level_knows_only_itself(self):
        layer = FeatureMixing([4, 6, 5], cross_scale=False)
        before = layer(self.features)
        changed = [*self.features[:2], self.features[2] + 1.0]
        after = layer(changed)
        for level in range(2):
            self.assert_close(before[level], after[level], 0.0)
        mixed = FeatureMixing([4, 6, 5])
        difference = mixed(changed)[0] - mixed(self.features)[0]
        self.assertGreater(float(ops.max(ops.abs(difference))), 0.01)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`widths` must be"):
            FeatureMixing([4, 0])
        with self.assertRaisesRegex(ValueError, "one level for each"):
            FeatureMixing([4])(self.features)
