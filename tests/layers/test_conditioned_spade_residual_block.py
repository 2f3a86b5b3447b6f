from keras_semsynth.layers import ConditionedSPADEResidualBlock
from tests import numpy_layers
from tests.layers.test_conditioned_spade import modulate
from tests.layers.test_spade import randomized
from tests.layers.test_unet_residual_block import convolve
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random

# Two norms and two convolutions follow each other.
HALF = {"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1}


def block_in_numpy(block, features, condition):
    """Section 1.2 of the specification, in training mode."""

    def norm(layer, x):
        return modulate(layer, numpy_layers.batch_norm(x)[0], condition)

    x = numpy_layers.leaky_relu(norm(block.norm_0, features))
    x = convolve(block.conv_0, x, block.spectral)
    x = numpy_layers.leaky_relu(norm(block.norm_1, x))
    x = convolve(block.conv_1, x, block.spectral)
    if block.conv_s is not None:
        features = norm(block.norm_s, features)
        features = convolve(block.conv_s, features, block.spectral)
    return features + x


class ConditionedSPADEResidualBlockTest(SemsynthTestCase):
    def test_contract_with_learned_shortcut(self):
        self.check_layer(
            ConditionedSPADEResidualBlock,
            {"filters": 3, "condition_channels": 2},
            call_args=[
                random((2, 5, 7, 4)),
                {"condition": random((2, 5, 7, 2), 1)},
            ],
            output_shape=(2, 5, 7, 3),
            trainable=3 * 4 + 2 + 2 + 1,
            non_trainable=3 * 2 + 3 * 2,
            policy_tolerance=HALF,
        )

    def test_training_equals_the_equations(self):
        features, condition = random((2, 5, 7, 4)), random((2, 5, 7, 2), 1)
        for filters, options in (
            (4, {}),
            (3, {}),
            (6, {"spectral": False, "kernel_size": 1}),
        ):
            with self.subTest(filters=filters, **options):
                block = ConditionedSPADEResidualBlock(
                    filters, condition_channels=2, **options
                )
                block = randomized(block, 4)
                expected = block_in_numpy(block, features, condition)
                found = block(features, {"condition": condition}, training=True)
                self.assert_close(found, expected, 2e-5)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`filters` must be"):
            ConditionedSPADEResidualBlock(0, condition_channels=2)
        with self.assertRaisesRegex(ValueError, "`normalization` must be"):
            ConditionedSPADEResidualBlock(
                2, condition_channels=2, normalization="none"
            )
