import csv
import unittest

import numpy as np
import pytest
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints.ccfpse_generator import unused_values
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.generators import CCFPSEGenerator
from tests import golden
from tests.checkpoints.untold_options import untold_options


def with_random_weights(network, seed=0):
    """Build a network and give every weight, statistics too, a new value."""
    with golden.undrawn_weights():
        network.build()
    random = np.random.RandomState(seed)
    for weight in network.weights:
        value = 0.5 + np.abs(random.standard_normal(weight.shape))
        weight.assign(value.astype("float32"))
    return network


def tiny_generator(**kwargs):
    arguments = {"image_size": (64, 64), "filters": 2, "hidden_filters": 3}
    return CCFPSEGenerator(4, **{**arguments, **kwargs})


class RoundTripTest(unittest.TestCase):
    """What `to_official` writes, `from_official` reads back, sizes included."""

    def check(self, name, network, **options):
        with_random_weights(network)
        state = checkpoints.to_official(network)
        with golden.undrawn_weights():
            copy = checkpoints.from_official(
                name, state, **{**untold_options(name, network), **options}
            )
        mine, found = network.get_config(), copy.get_config()
        changed = {key for key in mine if mine[key] != found[key]}
        self.assertLessEqual(changed, {"name", "initializer_gain"})
        self.assertEqual(len(network.weights), len(copy.weights))
        for ours, theirs in zip(network.weights, copy.weights, strict=True):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(ours.value),
                ops.convert_to_numpy(theirs.value),
            )

    @pytest.mark.slow
    def test_generators(self):
        size = {"image_size": (64, 64)}
        for arguments, options in (
            # Shapes tell all of these...
            ({"output_channels": 1, "kernel_size": 5}, size),
            ({"spectral": False}, size),
            ({"style_dim": 7, "image_size": (128, 128)}, {}),
            ({"upsampling": "more"}, size),
            ({"feature_pyramid": False}, size),
            ({"block": "spade"}, size),
            # ... and none of these.
            ({"normalization": "batch"}, {"normalization": "batch", **size}),
            ({"use_edge_map": True}, {"num_classes": 4, **size}),
        ):
            with self.subTest(arguments=arguments, options=options):
                network = tiny_generator(**arguments)
                self.check("ccfpse_generator", network, **options)

    def test_discriminators(self):
        for arguments in (
            {},
            {"spectral": False},
            {"normalization": "sync_batch"},
            {"normalization": "none"},
            {"normalization": "none", "spectral": False},
            {"image_channels": 1},
        ):
            with self.subTest(arguments=arguments):
                network = FPSEDiscriminator(4, **{"filters": 2, **arguments})
                self.check("ccfpse_discriminator", network)
        network = FPSEDiscriminator(4, use_edge_map=True, filters=2)
        self.check("ccfpse_discriminator", network, use_edge_map=True)


class PublishedShapesTest(unittest.TestCase):
    """Full-size networks against the tables of the released checkpoints."""

    def check(self, network, table):
        path = golden.key_table(f"state_dict_{table}.csv")
        with open(path, newline="") as file:
            rows = [
                (row["key"], row["needed"] == "1", _shape(row["shape"]))
                for row in csv.DictReader(file)
            ]
        with golden.undrawn_weights():
            network.build()
        ours = {
            entry.key: tuple(entry.official_shape)
            for entry in checkpoints.naming_table(network)
        }
        needed = {key: shape for key, is_needed, shape in rows if is_needed}
        self.assertEqual(ours, needed)
        return {key: shape for key, _, shape in rows}

    def check_generator(self, network, table):
        published = self.check(network, table)
        # Written for strict loading: what official code holds but never uses.
        unused = {k: v.shape for k, v in unused_values(network).items()}
        read = {entry.key for entry in checkpoints.naming_table(network)}
        counters = {k for k in published if k.endswith("num_batches_tracked")}
        self.assertEqual(
            unused,
            {
                key: shape
                for key, shape in published.items()
                if key in unused or key not in read | counters
            },
        )

    def test_generator_of_ade20k(self):
        self.check_generator(
            CCFPSEGenerator(151, style_dim=256), "ccfpse_generator"
        )

    def test_generator_of_cityscapes(self):
        network = CCFPSEGenerator(
            35,
            image_size=(256, 512),
            style_dim=256,
            use_edge_map=True,
            upsampling="more",
        )
        self.check_generator(network, "ccfpse_generator_cityscapes")

    def test_discriminator_of_ade20k(self):
        self.check(FPSEDiscriminator(151), "ccfpse_discriminator")


class UnusedValuesTest(unittest.TestCase):
    def test_batch_norms_that_are_never_called_are_neither_read_nor_lost(self):
        network = with_random_weights(tiny_generator())
        state = checkpoints.to_official(network)
        self.assertEqual(state["up_0.norm_0.weight"].shape, (16,))
        self.assertEqual(state["up_0.conv_0.norm_layer.bias"].shape, (32,))
        self.assertEqual(state["up_0.conv_2.norm_layer.bias"].shape, (16,))
        counter = state["up_3.norm_1.num_batches_tracked"]
        self.assertEqual((counter.dtype, counter.shape), (np.int64, ()))
        # A file that lacks them will do.
        for key in unused_values(network):
            del state[key]
        with golden.undrawn_weights():
            checkpoints.from_official(
                "ccfpse_generator",
                state,
                use_edge_map=False,
                image_size=(64, 64),
            )

    def test_a_state_of_another_network_is_named(self):
        for name, state, message in (
            (
                "ccfpse_generator",
                {"conv_img.weight": (3, 4, 3, 3)},
                "no key is like head_0",
            ),
            ("ccfpse_generator", {"other": (1,)}, "no key tells its width"),
            ("ccfpse_discriminator", {"other": (1,)}, "no key tells its width"),
        ):
            state = {key: np.zeros(shape) for key, shape in state.items()}
            with self.assertRaisesRegex(ValueError, message):
                checkpoints.from_official(name, state)


def _shape(text):
    return () if text == "scalar" else tuple(int(n) for n in text.split("x"))
