import numpy as np
from keras import ops

from keras_semsynth.layers import ConcatenationResidualBlock
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class ConcatenationResidualBlockTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            ConcatenationResidualBlock,
            {"filters": 3, "num_classes": 4, "extra_channels": 1},
            call_args=[
                random((2, 5, 7, 6)),
                {
                    "label_map": random_label_map((2, 5, 7), 4),
                    "extra_map": random((2, 5, 7, 1)),
                },
            ],
            output_shape=(2, 5, 7, 3),
            trainable=3 * 2 + 2 * 2 + 1,
            non_trainable=3 * 2 + 3 * 2,
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
        )

    def test_it_convolves_normalized_features_beside_labels(self):
        block = ConcatenationResidualBlock(3, num_classes=4)
        features = random((2, 6, 5, 6))
        label_map = random_label_map((2, 6, 5), 4)
        block.build(features.shape)
        one_hot = one_hot_map(label_map, 4)

        def conv(layer, x):
            kernel = ops.convert_to_numpy(layer.kernel).astype("float64")
            matrix = kernel.reshape(-1, kernel.shape[-1]).T
            left = ops.convert_to_numpy(layer.left_vector).astype("float64")
            # The vectors are those after the step.
            right = matrix.T @ left
            kernel = kernel / np.linalg.norm(right)
            return numpy_layers.convolution(x, kernel, pad=kernel.shape[0] // 2)

        def convolve(layer, x):
            x = numpy_layers.leaky_relu(numpy_layers.batch_norm(x)[0])
            return conv(layer, np.concatenate([one_hot, x], -1))

        # A converged power iteration, so that either vector will do.
        for _ in range(100):
            found = block(features, {"label_map": label_map}, training=True)
        x = convolve(block.conv_1, convolve(block.conv_0, features))
        shortcut = conv(block.conv_s, numpy_layers.batch_norm(features)[0])
        self.assert_close(found, shortcut + x, 1e-5)
