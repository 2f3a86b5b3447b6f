import keras
from keras import ops

from keras_semsynth.layers import ModulatedResidualBlock
from keras_semsynth.layers import Modulation
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


@keras.saving.register_keras_serializable(package="tests")
class Given(Modulation):
    """Scale and shift are the level's condition."""

    def scale_and_shift(self, level, training=None):
        condition = ops.cast(level["condition"], self.compute_dtype)
        return condition, 2 * condition


@keras.saving.register_keras_serializable(package="tests")
class GivenResidualBlock(ModulatedResidualBlock):
    def make_modulation(self, name, channels):
        return Given(
            normalization=self.normalization, dtype=self.dtype_policy, name=name
        )


class ModulatedResidualBlockTest(SemsynthTestCase):
    level = {"condition": random((2, 4, 6, 1), seed=1)}

    def test_a_modulation_normalizes_then_scales_and_shifts(self):
        features = random((2, 4, 6, 3))
        condition = self.level["condition"]
        layer = Given(normalization="instance")
        self.assert_close(
            layer(features, self.level),
            numpy_layers.instance_norm(features) * condition + 2 * condition,
            3e-6,
        )

    def test_contract_of_a_block_with_a_modulation_of_its_own(self):
        self.check_layer(
            GivenResidualBlock,
            {"filters": 3, "normalization": "instance", "spectral": False},
            call_args=[random((2, 4, 6, 5)), self.level],
            output_shape=(2, 4, 6, 3),
            trainable=2 + 2 + 1,
            non_trainable=0,
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
            fit_policies=(),
        )

    def test_without_modulation_only_the_shortcut_passes(self):
        features = random((2, 4, 6, 3))
        block = GivenResidualBlock(3, normalization="instance")
        block.build(features.shape)
        for conv in (block.conv_0, block.conv_1):
            conv.bias.assign(random((3,), seed=2))
        zero = {"condition": 0 * self.level["condition"]}
        bias = ops.convert_to_numpy(block.conv_1.bias)
        self.assert_close(block(features, zero), features + bias, 1e-6)
