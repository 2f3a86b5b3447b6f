import numpy as np
from keras import ops

from keras_semsynth.layers import SPADEResidualBlock
from tests import numpy_layers
from tests.layers.test_spade import randomized
from tests.layers.test_spade import weights_of
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def block_in_numpy(block, features, one_hot):
    """Section 3.3 of the specification, in training mode."""

    def norm(layer, x):
        if block.normalization == "instance":
            x = numpy_layers.instance_norm(x)
        else:
            x = numpy_layers.batch_norm(x)[0]
        return numpy_layers.spade(x, one_hot, weights_of(layer))

    def conv(layer, x):
        kernel = ops.convert_to_numpy(layer.kernel).astype("float64")
        pad = kernel.shape[0] // 2
        if block.spectral:
            matrix = kernel.reshape(-1, kernel.shape[-1]).T
            left = ops.convert_to_numpy(layer.left_vector).astype("float64")
            left, right = numpy_layers.power_iteration(matrix, left)
            kernel = kernel / (left @ matrix @ right)
        x = numpy_layers.convolution(x, kernel, pad=pad)
        if layer.use_bias:
            x = x + ops.convert_to_numpy(layer.bias)
        return x

    x = conv(
        block.conv_0, numpy_layers.leaky_relu(norm(block.norm_0, features))
    )
    x = conv(block.conv_1, numpy_layers.leaky_relu(norm(block.norm_1, x)))
    if block.conv_s is not None:
        features = conv(block.conv_s, norm(block.norm_s, features))
    return features + x


class SPADEResidualBlockTest(SemsynthTestCase):
    def test_contract_with_identity_shortcut(self):
        self.check_layer(
            SPADEResidualBlock,
            {"filters": 5, "num_classes": 4, "hidden_filters": 6},
            call_args=[
                random((2, 6, 9, 5)),
                {"label_map": random_label_map((2, 6, 9), 4)},
            ],
            output_shape=(2, 6, 9, 5),
            trainable=2 * (6 + 2),
            non_trainable=2 * (2 + 2),
            # Two norms and two convolutions follow each other.
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
        )

    def test_contract_with_learned_shortcut(self):
        self.check_layer(
            SPADEResidualBlock,
            {
                "filters": 3,
                "num_classes": 4,
                "extra_channels": 1,
                "hidden_filters": 6,
                "normalization": "instance",
                "spectral": False,
            },
            call_args=[
                random((2, 5, 7, 6)),
                {
                    "label_map": random_label_map((2, 5, 7), 4),
                    "extra_map": random((2, 5, 7, 1)),
                },
            ],
            output_shape=(2, 5, 7, 3),
            trainable=3 * 6 + 2 * 2 + 1,
            non_trainable=0,
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
        )

    def test_training_equals_the_equations(self):
        features = random((2, 6, 9, 5))
        label_map = random_label_map((2, 6, 9), 4)
        one_hot = one_hot_map(label_map, 4)
        for filters in (5, 3, 8):
            for options in (
                {},
                {"normalization": "instance"},
                {"spectral": False, "kernel_size": 1},
            ):
                with self.subTest(filters=filters, **options):
                    block = randomized(
                        SPADEResidualBlock(
                            filters,
                            num_classes=4,
                            hidden_filters=6,
                            **options,
                        ),
                        channels=5,
                    )
                    expected = block_in_numpy(block, features, one_hot)
                    output = block(
                        features, {"label_map": label_map}, training=True
                    )
                    self.assert_close(output, expected, 1e-5)

    def test_widths_follow_the_specification(self):
        for channels, filters in [(6, 6), (6, 3), (3, 6)]:
            block = SPADEResidualBlock(filters, num_classes=4, hidden_filters=5)
            block.build((None, None, None, channels))
            middle = min(channels, filters)
            self.assertEqual(
                block.conv_0.kernel.shape, (3, 3, channels, middle)
            )
            self.assertEqual(block.conv_1.kernel.shape, (3, 3, middle, filters))
            if channels == filters:
                self.assertIsNone(block.conv_s)
            else:
                self.assertEqual(
                    block.conv_s.kernel.shape, (1, 1, channels, filters)
                )
                self.assertFalse(block.conv_s.use_bias)

    def test_convolutions_start_from_different_kernels(self):
        block = SPADEResidualBlock(6, num_classes=4, hidden_filters=6)
        block.build((None, None, None, 6))
        kernels = [
            ops.convert_to_numpy(weight)
            for weight in block.trainable_weights
            if weight.shape == (3, 3, 6, 6)
        ]
        # Two convolutions, two scales, two shifts.
        self.assertEqual(len(kernels), 6)
        for i, kernel in enumerate(kernels):
            for other in kernels[:i]:
                self.assertGreater(np.abs(kernel - other).max(), 1e-3)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"num_classes": -1}, "`num_classes` must be"),
            ({"kernel_size": 2}, "`kernel_size` must be a positive odd"),
            ({"normalization": "none"}, "`normalization` must be one of"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    SPADEResidualBlock(
                        **{"filters": 4, "num_classes": 4, **bad}
                    )
