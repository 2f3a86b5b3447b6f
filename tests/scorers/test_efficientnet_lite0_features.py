import os
import tempfile

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import EfficientNetLite0Features
from tests import golden
from tests.scorers.random_weights import official_state
from tests.scorers.test_mbconv import numpy_unit
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random

# Input channels, result, kernel, strides: all blocks, as the paper has them.
BLOCKS = (
    (32, 16, 3, 1),
    *((16, 24, 3, 2), (24, 24, 3, 1)),
    *((24, 40, 5, 2), (40, 40, 5, 1)),
    *((40, 80, 3, 2), (80, 80, 3, 1), (80, 80, 3, 1)),
    *((80, 112, 5, 1), (112, 112, 5, 1), (112, 112, 5, 1)),
    *((112, 192, 5, 2), (192, 192, 5, 1), (192, 192, 5, 1), (192, 192, 5, 1)),
    (192, 320, 3, 1),
)


def numpy_features(network, image):
    """The last block of every size, from the weights of the network."""
    x, features = numpy_unit(network.stem, image, 2), []
    for block, (_, _, _, strides) in zip(network.blocks, BLOCKS, strict=True):
        if strides == 2:
            features.append(x)
        y = x
        if block.expand is not None:
            y = numpy_unit(block.expand, y)
        y = numpy_unit(block.depthwise, y, strides)
        y = numpy_unit(block.project, y)
        x = x + y if x.shape == y.shape else y
    return [*features, x]


class EfficientNetLite0FeaturesTest(SemsynthTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        network = EfficientNetLite0Features(8)
        cls.state = {
            **official_state(network),
            "_conv_head.weight": np.zeros((8, 40, 1, 1), "float32"),
            "_fc.bias": np.zeros(10, "float32"),
        }
        for entry in checkpoints.naming_table(network):
            entry.assign(cls.state[entry.key])
        cls.network = network

    def test_features_are_those_of_the_equations(self):
        image = random((1, 35, 50, 3))
        expected = numpy_features(self.network, image)
        for actual, feature in zip(self.network(image), expected, strict=True):
            self.assert_close(actual, feature, 1e-4)
        shapes = [feature.shape[1:] for feature in expected]
        self.assertEqual(shapes[0], (18, 25, 2))
        self.assertEqual(shapes[-1], (2, 2, 40))

    def test_full_size_has_the_blocks_of_the_paper(self):
        network = EfficientNetLite0Features()
        with golden.undrawn_weights():
            network.build()
        found = [
            (
                block.channels,
                block.filters,
                block.depthwise.conv.kernel_size[0],
                block.depthwise.conv.strides[0],
            )
            for block in network.blocks
        ]
        self.assertEqual(found, list(BLOCKS))
        # With the head and the classifier, what is published: 4.7 M.
        moving = sum(
            np.prod(w.shape) for w in network.weights if "moving" in w.path
        )
        head = 320 * 1280 + 2 * 1280 + 1280 * 1000 + 1000
        self.assertEqual(network.count_params() - moving + head, 4_652_008)

    def test_it_ends_with_the_last_feature_that_is_asked_for(self):
        network = checkpoints.from_official(
            "efficientnet_lite0", self.state, feature_strides=(4, 16)
        )
        self.assertEqual(len(network.blocks), 11)
        image = random((1, 32, 32, 3))
        whole = self.network(image)
        for actual, expected in zip(
            network(image), (whole[1], whole[3]), strict=True
        ):
            self.assert_close(actual, expected, 1e-6)

    def test_another_efficientnet_is_no_lite0(self):
        state = {
            **self.state,
            "_blocks.3._se_reduce.bias": np.zeros(2, "float32"),
        }
        with self.assertRaisesRegex(ValueError, r"surplus \(1\):\s*_blocks.3"):
            checkpoints.from_official("efficientnet_lite0", state)

    def test_gradients_reach_the_image_and_no_weight_moves(self):
        before = [ops.convert_to_numpy(w) for w in self.network.weights]

        def function(x):
            # In training too: the batch does not normalize.
            value = ops.sum(self.network(x, training=True)[-1])
            return value, value

        image = random((2, 64, 64, 3))
        _, (gradient,), _ = golden.gradients(function, [image])
        self.assertGreater(np.abs(gradient).max(), 0.0)
        self.assertEqual(self.network.trainable_variables, [])
        for weight, value in zip(self.network.weights, before, strict=True):
            np.testing.assert_array_equal(weight, value)

    def test_it_works_in_mixed_precision_and_survives_its_file(self):
        image = random((1, 32, 32, 3))
        network = EfficientNetLite0Features(8, (2, 4), dtype="mixed_bfloat16")
        loss = PerceptualLoss(network)
        self.assertGreater(float(loss(image, -image)), 0.0)
        # Those of the two strides.
        self.assertEqual(loss.layer_weights, (1 / 32, 1 / 16))
        dtypes = {
            keras.backend.standardize_dtype(f.dtype) for f in network(image)
        }
        self.assertEqual(dtypes, {"bfloat16"})
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "whole.keras")
            network.save(path)
            copy = keras.saving.load_model(path)
        for actual, expected in zip(copy(image), network(image), strict=True):
            self.assert_close(
                ops.cast(actual, "float32"), ops.cast(expected, "float32"), 0.0
            )

    def test_bad_arguments_and_images_are_errors(self):
        with self.assertRaisesRegex(ValueError, "width_divisor=3"):
            EfficientNetLite0Features(3)
        for wrong in ((), (4, 2), (1, 2)):
            with self.assertRaisesRegex(ValueError, "`feature_strides` must"):
                EfficientNetLite0Features(8, wrong)
        with self.assertRaisesRegex(ValueError, "height, width, 3"):
            EfficientNetLite0Features(8).build((None, 32, 32, 4))
