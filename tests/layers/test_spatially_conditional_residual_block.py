import numpy as np
from keras import ops

from keras_semsynth.layers import SpatiallyConditionalResidualBlock
from tests import numpy_layers
from tests.layers.test_spade import weights_of
from tests.layers.test_spatially_conditional_conv2d import mixed_in_numpy
from tests.layers.test_spatially_conditional_normalization import (
    modulated_in_numpy,
)
from tests.layers.test_vector_conv2d import convolved_in_numpy
from tests.layers.test_vector_conv2d import spectral_in_numpy
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

HALF = {"mixed_float16": 2e-2, "mixed_bfloat16": 2e-1}
SMALL = {
    "filters": 3,
    "num_classes": 4,
    "num_conv_candidates": 2,
    "num_norm_candidates": 3,
    "hidden_filters": 4,
}


def inputs(channels):
    return [
        random((2, 4, 6, channels)),
        {
            "conv_vectors": random((2, 4, 6, 2), seed=1),
            "norm_vectors": random((2, 4, 6, 3), seed=2),
            "label_map": random_label_map((2, 4, 6), 4),
        },
    ]


def block_in_numpy(block, features, conv_vectors, norm_vectors, label_map):
    """Figure 4 in training mode; SCN and SPADE on instance norms."""
    one_hot = one_hot_map(label_map, block.num_classes)

    def spade(layer, x):
        x = numpy_layers.instance_norm(x)
        return numpy_layers.spade(x, one_hot, weights_of(layer))

    def batch(layer, x):
        """Table 3's "BN": one scale and shift a channel."""
        gamma, beta = map(ops.convert_to_numpy, (layer.gamma, layer.beta))
        return numpy_layers.batch_norm(x)[0] * gamma + beta

    def norm(layer, x):
        if block.modulation == "plain":
            return batch(layer, x)
        x = numpy_layers.instance_norm(x)
        return modulated_in_numpy(layer, x, norm_vectors)

    def conv(layer, x):
        if block.convolution == "plain":
            return convolved_in_numpy(layer, x, conv_vectors)
        return mixed_in_numpy(layer, x, conv_vectors, True)

    x = numpy_layers.leaky_relu(norm(block.norm_0, features))
    x = conv(block.conv_0, x)
    x = conv(block.conv_1, numpy_layers.leaky_relu(norm(block.norm_1, x)))
    if block.conv_s is None:
        return features + x
    shortcut = batch if block.modulation == "plain" else spade
    return x + spectral_in_numpy(block.conv_s, shortcut(block.norm_s, features))


class SpatiallyConditionalResidualBlockTest(SemsynthTestCase):
    def test_contract_with_learned_shortcut(self):
        self.check_layer(
            SpatiallyConditionalResidualBlock,
            SMALL,
            call_args=inputs(5),
            output_shape=(2, 4, 6, 3),
            # Two pairs of SCN and SCC; SPADE and its convolution.
            trainable=2 * (1 + 2) + 6 + 2,
            non_trainable=2 * (2 + 4) + 2 + 2,
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_contract_of_the_ablations(self):
        self.check_layer(
            SpatiallyConditionalResidualBlock,
            {
                **SMALL,
                "convolution": "plain",
                "modulation": "plain",
                "spectral": False,
            },
            call_args=inputs(5),
            output_shape=(2, 4, 6, 3),
            # Two pairs of a norm and two convolutions; those of the shortcut.
            trainable=2 * (2 + 2 * 2) + 2 + 2,
            non_trainable=3 * 2,
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_training_equals_the_equations(self):
        for channels in (2, 3, 5):
            for options in (
                {"normalization": "instance"},
                {"normalization": "instance", "convolution": "plain"},
                {"modulation": "plain"},
                {"convolution": "plain", "modulation": "plain"},
            ):
                block = SpatiallyConditionalResidualBlock(**SMALL, **options)
                features, level = inputs(channels)
                block.build(features.shape)
                for seed, weight in enumerate(block.trainable_weights):
                    weight.assign(random(weight.shape, seed, scale=0.3))
                expected = block_in_numpy(block, features, **level)
                found = block(features, level, training=True)
                self.assert_close(found, expected, 1e-5)

    def test_plain_modulation_reads_no_label_map(self):
        features, level = inputs(5)
        other = {**level, "label_map": (level["label_map"] + 1) % 4}
        for modulation, reads in (("conditional", True), ("plain", False)):
            block = SpatiallyConditionalResidualBlock(
                **SMALL, modulation=modulation
            )
            first = block(features, level)
            second = block(features, other)
            self.assertEqual(
                bool(np.any(ops.convert_to_numpy(first != second))), reads
            )

    def test_bad_arguments_are_named(self):
        for name in ("convolution", "modulation"):
            with self.assertRaisesRegex(ValueError, f"`{name}` must be one of"):
                SpatiallyConditionalResidualBlock(**{**SMALL, name: "none"})
        for name in (
            "filters",
            "num_classes",
            "num_conv_candidates",
            "num_norm_candidates",
            "hidden_filters",
        ):
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                SpatiallyConditionalResidualBlock(**{**SMALL, name: 0})
