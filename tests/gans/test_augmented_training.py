"""Augmentation together with the ways in which a step can be computed."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.gans.tiny_gans import batch
from tests.gans.tiny_gans import tiny_pix2pixhd
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import settle_spectral_vectors

ALL = ("color", "translation", "cutout", "flip")
ADAPTIVE = {
    "augmentation": ALL,
    "augmentation_probability": 0.5,
    "adaptive_target": 0.0,
    "adaptive_images": 80,
    "discriminator_steps": 2,
}


def numpy(x):
    return ops.convert_to_numpy(x)


def sgd(**options):
    """Adam's first steps are signs: they would blow rounding up."""
    return tuple(keras.optimizers.SGD(0.01, **options) for _ in range(2))


def settled(images, **options):
    """A GAN that augments `images` pictures alike in every step."""
    keras.utils.set_random_seed(0)
    gan = tiny_pix2pixhd(**options)
    gan.build()
    settle_spectral_vectors(gan.discriminator)
    numbers = (random((images, 12)) % 1.0).astype("float32")
    gan.draw_transformation = lambda image: gan.augmenter.draw(
        ops.convert_to_tensor(numbers), image.shape[1:3]
    )
    return gan


def train(gan, steps=2):
    """Returns what the last step logged."""
    for _ in range(steps):
        logs = gan.train_on_batch(*batch(), return_dict=True)
    return {name: float(value) for name, value in logs.items()}


class AugmentedTrainingTest(SemsynthTestCase):
    def assert_finite(self, logs):
        for name, value in logs.items():
            self.assertTrue(np.isfinite(value), name)

    @pytest.mark.slow  # XLA compiles the step
    @pytest.mark.graph
    @pytest.mark.skipif(
        keras.backend.backend() != "tensorflow",
        reason="JAX always compiles; PyTorch has another compiler",
    )
    def test_xla_computes_what_tensorflow_computes(self):
        # The same draws: XLA makes other random numbers of a seed.
        gans = [settled(2, **ADAPTIVE) for _ in range(2)]
        logs = []
        for gan, jit_compile in zip(gans, (False, True), strict=True):
            gan.compile(optimizers=sgd(), jit_compile=jit_compile)
            logs.append(train(gan))
        self.assert_finite(logs[0])
        for name, value in logs[0].items():
            self.assertAlmostEqual(logs[1][name], value, 4, name)
        plain, compiled = (gan.variables for gan in gans)
        for one, two in zip(plain, compiled, strict=True):
            np.testing.assert_allclose(
                numpy(two), numpy(one), rtol=1e-3, atol=1e-5, err_msg=one.path
            )

    @pytest.mark.slow  # traces the step
    @pytest.mark.graph
    def test_bfloat16_stays_finite(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
        self.addCleanup(keras.config.set_dtype_policy, "float32")
        keras.utils.set_random_seed(0)
        gan = tiny_pix2pixhd(**ADAPTIVE)
        gan.compile()
        self.assertEqual(gan.generator.compute_dtype, "bfloat16")
        self.assert_finite(train(gan))
        for variable in gan.variables:
            if "float" in str(variable.dtype):
                self.assertTrue(np.isfinite(numpy(variable)).all())
