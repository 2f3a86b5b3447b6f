import unittest

import numpy as np
from keras import ops

from keras_semsynth.checkpoints.ccfpse_generator import conditional_conv_block
from keras_semsynth.checkpoints.ccfpse_generator import is_unused
from keras_semsynth.layers import ConditionalConvBlock
from keras_semsynth.layers import resize_label_map
from tests import golden
from tests import numpy_layers
from tests.layers.test_conditional_depthwise_conv2d import convolution
from tests.layers.test_conditional_predictor import prediction
from tests.layers.test_spade import weights_of
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import settle_spectral_vectors

SMALL = {"num_classes": 3, "extra_channels": 2, "hidden_filters": 4}
INPUTS = [
    random((2, 4, 6, 5)),
    {
        "label_map": random_label_map((2, 4, 6), 3),
        "extra_map": random((2, 4, 6, 2)),
    },
]
# About four roundings more than a single layer: a whole block.
HALF = {"mixed_float16": 1e-2, "mixed_bfloat16": 8e-2}


def randomized(block, channels):
    """Builds a block with weights that leave nothing at its default."""
    block.build((None, None, None, channels))
    for seed, weight in enumerate(block.weights):
        if not weight.name.endswith("_vector"):
            value = random(weight.shape, seed, scale=0.3)
            if weight.name == "moving_variance":
                value = np.abs(value) + 0.5
            weight.assign(value)
    settle_spectral_vectors(block)
    return block


def block_in_numpy(block, features, context):
    """The block in training mode, straight from its description."""

    def norm(layer, x):
        x = numpy_layers.batch_norm(x)[0]
        gamma, beta = (
            ops.convert_to_numpy(w) for w in (layer.gamma, layer.beta)
        )
        return x * gamma + beta

    def pointwise(layer, x):
        kernel = ops.convert_to_numpy(layer.kernel)
        return x @ kernel[0, 0] + ops.convert_to_numpy(layer.bias)

    x = features
    for i in ("1", "2"):
        x = norm(getattr(block, f"norm_{i}"), x)
        taps = prediction(getattr(block, f"taps_{i}"), context)
        x = convolution(x, taps, block.kernel_size)
        x = pointwise(getattr(block, f"pointwise_{i}"), x)
        attention = getattr(block, f"attention_{i}")
        x = x / (1 + np.exp(-prediction(attention, context)))
        x = numpy_layers.leaky_relu(x)
    if block.conv_s is None:
        return features + x
    shortcut = numpy_layers.spade(
        numpy_layers.batch_norm(features)[0], context, weights_of(block.norm_s)
    )
    # In training the power iteration goes on; 1e-5 away after ten of them.
    kernel = ops.convert_to_numpy(block.conv_s.kernel)[0, 0]
    if block.spectral:
        kernel = kernel / np.linalg.svd(kernel, compute_uv=False)[0]
    return shortcut @ kernel + x


class ConditionalConvBlockTest(SemsynthTestCase):
    def test_contract_with_learned_shortcut(self):
        self.check_layer(
            ConditionalConvBlock,
            {"filters": 3, **SMALL},
            call_args=INPUTS,
            output_shape=(2, 4, 6, 3),
            # Norms, four predictors, two convolutions; SPADE and one more.
            trainable=2 * (2 + 2 * 4 + 2) + 6 + 1,
            non_trainable=3 * 2 + 2,
            policy_tolerance=HALF,
            # Its predictors were fitted in half precision one by one.
            fit_policies=(),
        )

    def test_training_equals_the_equations(self):
        features, level = INPUTS
        one_hot = one_hot_map(level["label_map"], 3)
        context = np.concatenate([one_hot, level["extra_map"]], -1)
        for options in (
            {"filters": 5, "kernel_size": 5},
            {"filters": 3, "spectral": False},
            # More channels than there were: the official block cannot.
            {"filters": 7, "normalization": "batch"},
        ):
            with self.subTest(**options):
                block = randomized(
                    ConditionalConvBlock(**{**SMALL, **options}), 5
                )
                expected = block_in_numpy(block, features, context)
                output = block(features, level, training=True)
                self.assert_close(output, expected, 1e-5)

    def test_strips_give_what_all_rows_at_once_give(self):
        for kernel_size in (3, 5):
            block = randomized(
                ConditionalConvBlock(3, kernel_size=kernel_size, **SMALL), 5
            )
            expected = block(*INPUTS)
            for strips in (2, 4, 100):
                with self.subTest(kernel_size=kernel_size, strips=strips):
                    block.strips = strips
                    self.assert_close(block(*INPUTS), expected, 1e-6)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"hidden_filters": 0}, "`hidden_filters` must be"),
            ({"extra_channels": -1}, "`extra_channels` must be"),
            ({"kernel_size": 4}, "`kernel_size` must be a positive odd"),
            ({"normalization": "instance"}, "`normalization` must be one of"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                ConditionalConvBlock(**{"filters": 3, **SMALL, **bad})


class ConditionalConvBlockGoldenTest(unittest.TestCase):
    def check(self, name):
        file = golden.Golden(name)
        state = file.state()
        # What the two batch norms that are never called leave behind.
        file.arrays = {
            key: value
            for key, value in file.arrays.items()
            if not is_unused(f"block.{key.removeprefix('after/')}")
        }
        inputs = {
            name: golden.to_last(file[f"in/{name}"])
            for name in ("x", "context")
        }
        classes = 5
        extras = file.options["context_channels"] - classes

        def make():
            block = ConditionalConvBlock(
                file.options["fout"], classes, extra_channels=extras
            )
            block.build(inputs["x"].shape)
            table = [
                type(entry)(
                    entry.key.removeprefix("."), entry.variable, entry.layout
                )
                for entry in conditional_conv_block("", block)
            ]
            for entry in table:
                entry.assign(state[entry.key])
            return block, table

        def call(block, inputs, training):
            size = ops.shape(inputs["x"])[1:3]
            context = resize_label_map(inputs["context"], *size)
            # A soft label map, so that its gradient can be compared.
            level = {
                "label_map": context[..., :classes],
                "extra_map": context[..., classes:],
            }
            return {"y": block(inputs["x"], level, training=training)}

        # Limit for single layers, measured elsewhere at 9e-7.
        golden.ForwardCheck(self, file, make, call, inputs, 1e-5).run()

    def test_identity_shortcut(self):
        self.check("ccfpse_block_identity")

    def test_learned_shortcut(self):
        self.check("ccfpse_block_learned")
