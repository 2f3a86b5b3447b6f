"""Weights go to networks with other classes, channel by channel."""

import unittest

import keras
import numpy as np
import pytest

from keras_semsynth import discriminators
from keras_semsynth import generators
from keras_semsynth.gans.class_transfer import ClassMatch
from keras_semsynth.gans.class_transfer import copy_network
from tests import golden

SIZE = (32, 32)
CLASSES = 3
# New id 0 was 2, new id 1 was 0, new id 2 was 1.
SHIFTED = ClassMatch(((0, 2), (1, 0), (2, 1)), (), (), True, False)
SAME = ClassMatch(((0, 0), (1, 1), (2, 2)), (), (), True, True)
GENERATORS = {
    "SPADEGenerator": {"filters": 1, "hidden_filters": 2},
    "Pix2PixHDGenerator": {
        "filters": 2,
        "num_downsamplings": 1,
        "num_blocks": 1,
    },
    "ConditionedPix2PixHDGenerator": {
        "filters": 2,
        "num_downsamplings": 1,
        "num_blocks": 1,
        "conditioning": "concat",
    },
    "CCFPSEGenerator": {"filters": 1, "hidden_filters": 2},
    "OASISGenerator": {"filters": 1, "hidden_filters": 2, "noise_dim": 2},
}


def make(room, name, num_classes=CLASSES, **options):
    keras.utils.set_random_seed(num_classes)
    cls = getattr(room, name)
    if room is generators:
        options = {"image_size": SIZE, **GENERATORS.get(name, {}), **options}
    network = cls(num_classes=num_classes, **options)
    network.build()
    return network


def randomize(network):
    """No weight is a constant, whose order could not be seen."""
    random = np.random.default_rng(0)
    for weight in network.weights:
        noise = random.uniform(0.1, 0.5, weight.shape)
        value = keras.ops.convert_to_numpy(weight)
        if not weight.path.endswith("_vector"):
            weight.assign(value + noise.astype("float32"))


def layouts():
    return np.random.default_rng(1).integers(0, CLASSES, (1, *SIZE), "int32")


def shifted(layout):
    return (layout + 1) % CLASSES


@golden.slow_on_jax
class ClassTransferTest(unittest.TestCase):
    def same_images(self, name, **options):
        old = make(generators, name, **options)
        randomize(old)
        new = make(generators, name, **options)
        whole, parts = copy_network(new, old, SHIFTED, "generator")
        self.assertEqual((whole, parts), (len(new.weights), 0))
        layout = layouts()
        inputs = {}
        if options.get("use_edge_map"):
            inputs["edge_map"] = np.ones((1, *SIZE, 1), "float32")
        expected = old(layout, seed=1, **inputs)
        actual = new(shifted(layout), seed=1, **inputs)
        np.testing.assert_allclose(
            *map(keras.ops.convert_to_numpy, (actual, expected)), atol=1e-5
        )

    def test_classes_in_another_order_give_the_same_images(self):
        self.same_images("ConditionedPix2PixHDGenerator")

    @pytest.mark.slow
    def test_so_do_those_of_all_generators(self):
        for name in GENERATORS:
            with self.subTest(name):
                self.same_images(name)

    def test_the_edge_map_keeps_its_channel(self):
        self.same_images(
            "ConditionedPix2PixHDGenerator",
            use_edge_map=True,
            conditioning="concat",
        )

    def test_discriminators_follow_the_order(self):
        image = np.random.default_rng(2).normal(size=(1, *SIZE, 3))
        for name, options in (
            ("MultiScalePatchDiscriminator", {"filters": 2, "num_layers": 2}),
            ("FPSEDiscriminator", {"filters": 2}),
            (
                "OASISDiscriminator",
                {"encoder_filters": (2, 4), "last_filters": 2},
            ),
        ):
            with self.subTest(name):
                old = make(discriminators, name, **options)
                randomize(old)
                new = make(discriminators, name, **options)
                copy_network(new, old, SHIFTED)
                image = image.astype("float32")
                before = old(image, layouts())
                after = new(image, shifted(layouts()))
                if "logits" in before:
                    logits = keras.ops.convert_to_numpy(before["logits"])
                    # Channel 0 is "fake".
                    before = {"logits": logits[..., [0, 3, 1, 2]]}
                for one, other in zip(
                    keras.tree.flatten(before),
                    keras.tree.flatten(after),
                    strict=True,
                ):
                    np.testing.assert_allclose(
                        *map(keras.ops.convert_to_numpy, (one, other)),
                        atol=1e-4,
                    )

    def test_new_classes_keep_their_initial_values(self):
        old = make(generators, "Pix2PixHDGenerator", spectral=False)
        new = make(generators, "Pix2PixHDGenerator", 4, spectral=False)
        fresh = [keras.ops.convert_to_numpy(w) for w in new.weights]
        match = ClassMatch(((0, 0), (1, 1), (3, 2)), ("x",), (), True, False)
        whole, parts = copy_network(new, old, match, "generator")
        self.assertEqual(whole + parts, len(new.weights))
        kernels = [
            (w, o, f)
            for w, o, f in zip(new.weights, old.weights, fresh, strict=True)
            if tuple(w.shape) != tuple(o.shape)
        ]
        self.assertEqual(len(kernels), parts)
        self.assertEqual(parts, 1)
        for weight, before, initial in kernels:
            weight, before = map(keras.ops.convert_to_numpy, (weight, before))
            np.testing.assert_array_equal(
                weight[:, :, [0, 1, 3]], before[:, :, :3]
            )
            np.testing.assert_array_equal(weight[:, :, 2], initial[:, :, 2])

    def test_dropped_classes_are_left_out_of_outputs_too(self):
        options = {"encoder_filters": (2, 4), "last_filters": 2}
        old = make(discriminators, "OASISDiscriminator", 4, **options)
        randomize(old)
        new = make(discriminators, "OASISDiscriminator", 2, **options)
        match = ClassMatch(((0, 3), (1, 0)), (), ("b", "c"), True, False)
        _, parts = copy_network(new, old, match)
        self.assertEqual(parts, 2)
        kernel, before = (
            keras.ops.convert_to_numpy(n.last.kernel) for n in (new, old)
        )
        np.testing.assert_array_equal(kernel, before[..., [0, 4, 1]])

    def test_vectors_of_a_changed_spectral_kernel_settle(self):
        options = {"conditioning": "concat", "spectral": True}
        old = make(generators, "ConditionedPix2PixHDGenerator", **options)
        new = make(generators, "ConditionedPix2PixHDGenerator", 4, **options)
        match = ClassMatch(SAME.pairs, ("x",), (), True, False)
        copy_network(new, old, match)
        layer = new.first_conv
        kernel = keras.ops.convert_to_numpy(layer.kernel)
        largest = np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), 2)
        used = keras.ops.convert_to_numpy(layer.normalized_kernel())
        np.testing.assert_allclose(used * largest, kernel, rtol=0.02)

    def test_other_differences_are_refused_by_name(self):
        old = make(generators, "Pix2PixHDGenerator")
        for new, said in (
            (
                make(generators, "Pix2PixHDGenerator", filters=1),
                "`generator.filters` is 2 there and 1 here",
            ),
            (
                make(generators, "ConditionedPix2PixHDGenerator"),
                "is a Pix2PixHDGenerator, but",
            ),
        ):
            with self.assertRaisesRegex(ValueError, said):
                copy_network(new, old, SAME, "generator")

    def test_an_edge_map_may_come(self):
        options = {"spectral": False}
        old = make(generators, "Pix2PixHDGenerator", **options)
        options["use_edge_map"] = True
        new = make(generators, "Pix2PixHDGenerator", **options)
        fresh = [keras.ops.convert_to_numpy(w) for w in new.weights]
        _, parts = copy_network(new, old, SAME, "generator")
        self.assertEqual(parts, 1)
        for weight, before, initial in zip(
            new.weights, old.weights, fresh, strict=True
        ):
            weight, before = map(keras.ops.convert_to_numpy, (weight, before))
            if weight.shape != before.shape:
                np.testing.assert_array_equal(weight[:, :, :3], before)
                np.testing.assert_array_equal(weight[:, :, 3], initial[:, :, 3])
