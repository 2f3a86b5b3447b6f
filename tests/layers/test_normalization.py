import numpy as np
from keras import ops

from keras_semsynth.layers import make_normalization
from tests.semsynth_test_case import SemsynthTestCase


class MakeNormalizationTest(SemsynthTestCase):
    def test_learned_scales_start_around_one(self):
        norm = make_normalization("batch", 4000)
        gamma = ops.convert_to_numpy(norm.gamma)
        self.assertAlmostEqual(gamma.mean(), 1, delta=0.002)
        self.assertAlmostEqual(gamma.std(), 0.02, delta=0.002)
        self.assertEqual(np.abs(ops.convert_to_numpy(norm.beta)).max(), 0)

    def test_what_is_modulated_elsewhere_has_no_scale(self):
        for name, weights in [("sync_batch", 2), ("batch", 2), ("instance", 0)]:
            norm = make_normalization(name, 3, affine=False)
            self.assertEqual(len(norm.weights), weights)
            self.assertEqual(len(norm.trainable_weights), 0)

    def test_only_one_of_them_is_synchronized(self):
        for name in ("sync_batch", "batch"):
            norm = make_normalization(name, 3)
            self.assertEqual(norm.synchronized, name == "sync_batch")

    def test_none_is_none_and_others_are_named(self):
        self.assertIsNone(make_normalization("none", 3))
        with self.assertRaisesRegex(ValueError, "`normalization` must be one"):
            make_normalization("layer", 3)
