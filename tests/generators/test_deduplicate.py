import functools
from unittest import mock

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.layers import SPADE
from tests import golden
from tests import golden_networks
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error
from tests.semsynth_test_case import settle_spectral_vectors

SIZE = (128, 64)
SMALL = {"filters": 2, "hidden_filters": 4}
FEWER = {"upsampling": "fewer", **SMALL}
# Generator, what it has beside the labels -> what it is called with.
CASES = {
    "spade": (functools.partial(SPADEGenerator, 5, SIZE, **FEWER), None),
    "edges": (
        functools.partial(SPADEGenerator, 5, SIZE, use_edge_map=True, **FEWER),
        "edge_map",
    ),
    "noise": (
        functools.partial(OASISGenerator, 5, SIZE, noise_dim=3, **SMALL),
        "latent",
    ),
    "shortcuts": (
        functools.partial(
            SCGANGenerator,
            5,
            SIZE,
            start_filters=2,
            vector_filters=2,
            **FEWER,
        ),
        None,
    ),
}


def blocky_label_map(seed=0):
    label_map = random_label_map((2, 16, 8), 5, seed)
    return label_map.repeat(8, axis=1).repeat(8, axis=2)


def made(case, **options):
    make, beside = CASES[case]
    generator = make(**options)
    generator.build()
    settle_spectral_vectors(generator)
    for variable in generator.weights:
        if variable.path.endswith("bias"):
            variable.assign(random(variable.shape, scale=0.5))
    extra = {
        "edge_map": blocky_label_map(3)[..., None] % 2,
        "latent": random((2, 3)),
    }
    inputs = {"label_map": blocky_label_map()}
    if beside is not None:
        inputs[beside] = extra[beside].astype("float32")
    return generator, inputs


def gradients(generator, inputs):
    """Of a training step, by all weights."""

    def energy():
        return ops.sum(generator(**inputs, training=True) ** 2), {}

    *_, found = golden.gradients(
        energy,
        [],
        generator.trainable_variables,
        generator.non_trainable_variables,
    )
    return found


def uses(method):
    """Counts the calls of a method of SPADE."""
    return mock.patch.object(
        SPADE, method, autospec=True, side_effect=getattr(SPADE, method)
    )


class DeduplicateTest(SemsynthTestCase):
    def test_the_image_is_that_of_every_pixel(self):
        for case in CASES:
            generator, inputs = made(case)
            generator.deduplicate = False
            with uses("_of_patches") as of_patches:
                expected = generator(**inputs)
            self.assertEqual(of_patches.call_count, 0)
            for choice in (True, None):
                with self.subTest(case, deduplicate=choice):
                    generator.deduplicate = choice
                    with uses("_of_patches") as of_patches:
                        image = generator(**inputs)
                    self.assertGreater(of_patches.call_count, 0)
                    self.assertLess(relative_error(image, expected), 1e-5)

    def test_what_repeats_nowhere_is_computed_at_every_pixel(self):
        generator, inputs = made("spade")
        inputs["label_map"] = random_label_map((2, *SIZE), 5)
        with uses("_of_patches") as of_patches:
            image = generator(**inputs)
        self.assertEqual(of_patches.call_count, 0)
        generator.deduplicate = True
        self.assertLess(relative_error(generator(**inputs), image), 1e-5)

    def test_noise_of_every_pixel_repeats_nowhere(self):
        generator, inputs = made("noise")
        inputs["latent"] = random((2, *SIZE, 3))
        generator.deduplicate = True
        with uses("_of_patches") as of_patches:
            generator(**inputs)
        self.assertEqual(of_patches.call_count, 0)

    def test_keras_predicts_with_it(self):
        generator, inputs = made("spade")
        expected = generator(**inputs)
        found = generator.predict(inputs["label_map"], verbose=0)
        self.assertLess(relative_error(found, expected), 1e-5)

    @pytest.mark.skipif(
        keras.backend.backend() == "jax",
        reason="JAX computes every pixel in training",
    )
    def test_gradients_are_those_of_every_pixel(self):
        for case in ("edges", "noise"):
            with self.subTest(case), golden_networks.double_precision():
                generator, inputs = made(case, dtype="float64")
                found, start = [], generator.get_weights()
                for choice in (False, True):
                    generator.deduplicate = choice
                    generator.set_weights(start)
                    found.append(gradients(generator, inputs))
                largest = max(np.abs(one).max() for one in found[0])
                for one, other in zip(*found, strict=True):
                    error = np.abs(other - one).max() / largest
                    self.assertLess(error, 1e-10)

    def test_dpgan_has_a_pyramid_between_labels_and_blocks(self):
        generator = DPGANGenerator(5, SIZE, filters=2, pyramid_filters=2)
        levels = generator.layout_levels
        generator.build()
        layout, _ = generator.read(
            np.zeros((1, *SIZE), "int32"), None, None, seed=1
        )
        self.assertNotIn("patches", next(levels(layout)))
