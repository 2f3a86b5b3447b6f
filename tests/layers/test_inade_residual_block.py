from keras import ops

from keras_semsynth.layers import INADE
from keras_semsynth.layers import INADEResidualBlock
from tests import numpy_layers
from tests.layers.test_inade import CODES
from tests.layers.test_inade import LABEL_MAP
from tests.layers.test_inade import inade_in_numpy
from tests.layers.test_inade import spread
from tests.layers.test_spade import randomized
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class INADEResidualBlockTest(SemsynthTestCase):
    def test_contract(self):
        noise = spread(CODES, LABEL_MAP)
        self.check_layer(
            INADEResidualBlock,
            {"filters": 3, "num_classes": 4, "noise_dim": 3},
            call_args=[
                random((2, 6, 10, 5)),
                {"label_map": LABEL_MAP, "codes": noise},
            ],
            output_shape=(2, 6, 10, 3),
            trainable=3 * 6 + 2 * 2 + 1,
            non_trainable=3 * 2 + 3 * 2,
            # Two norms and two convolutions follow each other.
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
        )

    def test_it_is_the_residual_block_of_its_modulation(self):
        block = randomized(
            INADEResidualBlock(5, num_classes=4, noise_dim=3, spectral=False),
            channels=5,
        )
        self.assertIsInstance(block.norm_0, INADE)
        features, noise = random((2, 6, 10, 5)), spread(CODES, LABEL_MAP)
        x = features
        for norm, conv in (
            (block.norm_0, block.conv_0),
            (block.norm_1, block.conv_1),
        ):
            x = inade_in_numpy(norm, x, LABEL_MAP, noise)
            kernel, bias = map(ops.convert_to_numpy, conv.weights)
            x = numpy_layers.leaky_relu(x)
            x = numpy_layers.convolution(x, kernel, pad=1) + bias
        level = {"label_map": LABEL_MAP, "codes": CODES}
        self.assert_close(
            block(features, level, training=True), features + x, 1e-5
        )
