"""Second derivatives through whole discriminators.

With leaky ReLU, finite differences of a gradient penalty do not tell: the
gradient of a score jumps where an activation changes its sign, and a step of
all weights crosses many such places, the fewer, the smaller it is, but each
counts the more. Hence a smooth function in its place, double precision, and
small steps: instance normalization of nearly equal values bends sharply.
"""

from unittest import mock

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import backend
from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.discriminators import ProjectedDiscriminator
from keras_semsynth.discriminators import ProjectedSegmentationDiscriminator
from keras_semsynth.losses import gradient_penalty
from keras_semsynth.losses.relativistic import image_scores
from tests.discriminators.tiny_trunk import tiny_trunk
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import settle_spectral_vectors
from tests.semsynth_test_case import weight_gradients

STEP = 1e-6


def smooth_leaky_relu(x, slope):
    return slope * x + (1 - slope) * ops.softplus(x)


def discriminators():
    small = {"filters": 4, "mixed_filters": 4, "num_scales": 2}
    yield MultiScalePatchDiscriminator(4, filters=4, num_scales=2, num_layers=2)
    yield FPSEDiscriminator(4, filters=4)
    yield DPGANDiscriminator(4, (4, 4, 4, 4), 4)
    yield ProjectedDiscriminator(4, tiny_trunk(), **small)
    yield ProjectedSegmentationDiscriminator(
        4, tiny_trunk(), patch_scores=True, **small
    )


@pytest.mark.slow  # many passes of five networks
@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="JAX has double precision only for a whole process",
)
class GradientPenaltiesTest(SemsynthTestCase):
    def setUp(self):
        policy, floats = keras.config.dtype_policy(), keras.config.floatx()
        self.addCleanup(keras.config.set_dtype_policy, policy)
        self.addCleanup(keras.config.set_floatx, floats)
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")

    def test_they_equal_finite_differences(self):
        keras.utils.set_random_seed(0)
        random = np.random.RandomState(0)
        label_map = random.randint(0, 4, (2, 32, 32)).astype("int32")
        image = ops.convert_to_tensor(random.uniform(-1, 1, (2, 32, 32, 3)))
        for network in discriminators():
            network.build()
            settle_spectral_vectors(network)

            def score(x, network=network):
                outputs = network(x, label_map, training=False)
                return image_scores(outputs)

            def penalty(score=score):
                return gradient_penalty(backend.input_gradients(score, image))

            with (
                self.subTest(type(network).__name__),
                mock.patch.object(ops, "leaky_relu", smooth_leaky_relu),
            ):
                weights = network.trainable_weights
                before = [ops.convert_to_numpy(w).copy() for w in weights]
                directions = [random.normal(size=w.shape) for w in weights]
                expected = sum(
                    np.sum(gradient * direction)
                    for gradient, direction in zip(
                        weight_gradients(network, penalty),
                        directions,
                        strict=True,
                    )
                    if gradient is not None
                )
                values = []
                for sign in (1, -1):
                    for weight, old, direction in zip(
                        weights, before, directions, strict=True
                    ):
                        weight.assign(old + sign * STEP * direction)
                    values.append(float(penalty()))
                found = (values[0] - values[1]) / (2 * STEP)
                self.assertNotEqual(expected, 0.0)
                self.assertLess(abs(found / expected - 1), 1e-2)
