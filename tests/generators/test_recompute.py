"""Every generator computes its blocks once more, if it is asked to."""

import functools

import keras
import numpy as np
import pytest
from keras import ops

from keras_semsynth import generators
from keras_semsynth.layers.recomputed import recomputed
from tests import golden
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SIZE = (64, 64)
SMALL = {"num_classes": 5, "image_size": SIZE, "filters": 2}
GENERATORS = {
    "spade": (generators.SPADEGenerator, {"use_edge_map": True}),
    "clade": (generators.SPADEGenerator, {"conditioning": "clade"}),
    "oasis": (generators.OASISGenerator, {"noise_dim": 3}),
    "dpgan": (generators.DPGANGenerator, {"pyramid_filters": 4}),
    "inade": (generators.INADEGenerator, {}),
    "ccfpse": (generators.CCFPSEGenerator, {}),
    "scgan": (
        generators.SCGANGenerator,
        {"start_filters": 2, "vector_filters": 2},
    ),
    "pix2pixhd": (generators.Pix2PixHDGenerator, {"num_blocks": 1}),
    "enhancer": (
        generators.Pix2PixHDEnhancerGenerator,
        {"num_blocks": 1, "use_edge_map": True},
    ),
    "conditioned": (
        generators.ConditionedPix2PixHDGenerator,
        {"num_blocks": 1},
    ),
    "crn": (generators.CRNGenerator, {"num_modules": 3, "filters": 16}),
}
QUICK = ("spade", "conditioned")


class RecomputeTest(SemsynthTestCase):
    def test_losses_gradients_and_states_stay(self):
        for name in QUICK:
            with self.subTest(name):
                self.check(name)

    @pytest.mark.slow
    @pytest.mark.skipif(
        keras.backend.backend() == "jax", reason="compiles for ten minutes"
    )
    def test_losses_gradients_and_states_stay_in_all(self):
        for name in set(GENERATORS).difference(QUICK):
            with self.subTest(name):
                self.check(name)

    def check(self, name):
        kept, again = results(name, False), results(name, True)
        self.assert_close(again["loss"], kept["loss"], 1e-5)
        for key in ("gradients", "states"):
            self.assertEqual(len(again[key]), len(kept[key]))
            largest = max(
                (np.abs(x).max() for x in kept[key] if x is not None),
                default=0,
            )
            for one, other in zip(kept[key], again[key], strict=True):
                # Biases before a batch norm get rounding alone.
                if one is None or np.abs(one).max() < 1e-4 * largest:
                    continue
                self.assert_close(other, one, 1e-4)
        self.assertEqual(len(kept["states"]) == 0, name == "crn")

    def test_statistics_move_once(self):
        layer = keras.layers.BatchNormalization()
        x = ops.convert_to_tensor(random((4, 3)) + 1)
        layer.build(x.shape)

        def loss(x):
            y = recomputed(functools.partial(layer, training=True), [layer], x)
            return ops.sum(y**2), []

        golden.gradients(loss, [x], updated=layer.non_trainable_variables)
        self.assert_close(layer.moving_mean, 0.01 * ops.mean(x, axis=0), 1e-5)

    @pytest.mark.skipif(
        keras.backend.backend() != "torch", reason="hooks of PyTorch"
    )
    def test_less_is_kept(self):
        kept, again = kept_bytes(False), kept_bytes(True)
        self.assertLess(again, 0.5 * kept)


def made(name, recompute):
    network, options = GENERATORS[name]
    keras.utils.set_random_seed(3)
    generator = network(
        **{**SMALL, **options},
        initializer="xavier_uniform",
        initializer_gain=1.0,
        recompute=recompute,
    )
    generator.build()
    return generator


def loss_of(generator):
    extra = {}
    if generator.use_edge_map:
        extra["edge_map"] = random((2, *SIZE, 1), 5) > 0
    if generator.latent_shape is not None:
        extra["latent"] = random((2, *generator.latent_shape), 4)
    image = generator(random_label_map((2, *SIZE), 5), training=True, **extra)
    return dot(image, random((2, *SIZE, 3), 1))


def results(name, recompute):
    generator = made(name, recompute)
    states = generator.non_trainable_variables
    before = [np.array(ops.convert_to_numpy(state)) for state in states]
    loss, _, gradients = golden.gradients(
        lambda: (lambda loss: (loss, loss))(loss_of(generator)),
        [],
        generator.trainable_variables,
        states,
    )
    after = [ops.convert_to_numpy(state) for state in states]
    moved = [
        new
        for old, new in zip(before, after, strict=True)
        if not np.array_equal(old, new)
    ]
    return {"loss": loss, "gradients": gradients, "states": moved}


def kept_bytes(recompute):
    import torch

    generator = made("spade", recompute)
    sizes = {}

    def keep(tensor):
        sizes[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        loss_of(generator)
    return sum(sizes.values())
