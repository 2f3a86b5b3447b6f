import csv
import os
import tempfile
import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SPADEGenerator
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


def convert(*args, **kwargs):
    with golden.undrawn_weights():
        return checkpoints.from_official(*args, **kwargs)


def tiny_generator(**kwargs):
    arguments = {"image_size": (64, 64), "filters": 2, "hidden_filters": 3}
    return SPADEGenerator(4, **{**arguments, **kwargs})


# What no file tells of `tiny_generator`.
TOLD = {"image_size": (64, 64), "upsampling": "normal", "use_edge_map": False}


def official(network, **kwargs):
    return checkpoints.to_official(with_random_weights(network, **kwargs))


class RoundTripTest(unittest.TestCase):
    """What `to_official` writes, `from_official` reads back, sizes included."""

    def check(self, name, network, **options):
        with_random_weights(network)
        options = {**untold_options(name, network), **options}
        copy = convert(name, checkpoints.to_official(network), **options)
        config = {**network.get_config(), **copy.get_config()}
        changed = {
            key
            for key, value in network.get_config().items()
            if config[key] != value
        }
        self.assertLessEqual(changed, {"name", "initializer_gain"})
        self.assertEqual(len(network.weights), len(copy.weights))
        for ours, theirs in zip(network.weights, copy.weights, strict=True):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(ours.value),
                ops.convert_to_numpy(theirs.value),
            )

    def test_spade_generators(self):
        size = {"image_size": (64, 64)}
        for arguments, options in (
            # Shapes tell all of these...
            ({"normalization": "instance", "output_channels": 1}, size),
            ({"spectral": False, "kernel_size": 5}, size),
            ({"style_dim": 7, "image_size": (128, 128)}, {}),
            # ... and none of these.
            ({"normalization": "batch"}, {"normalization": "batch", **size}),
            ({"use_edge_map": True}, {"num_classes": 4, **size}),
        ):
            with self.subTest(arguments=arguments, options=options):
                network = tiny_generator(**arguments)
                self.check("spade_generator", network, **options)
        wide = {"image_size": (128, 256), "upsampling": "more"}
        network = tiny_generator(style_dim=3, use_edge_map=True, **wide)
        self.check("spade_generator", network, use_edge_map=True, **wide)
        most = {"image_size": (128, 256)}
        network = tiny_generator(upsampling="most", **most)
        self.check("spade_generator", network, **most)

    def test_discriminators(self):
        for arguments in (
            {},
            {"num_scales": 3, "num_layers": 3},
            {"num_layers": 1},
            {"max_filters": 5},
            {"spectral": False},
            {"normalization": "sync_batch"},
            {"normalization": "none"},
            {"normalization": "none", "spectral": False},
        ):
            with self.subTest(arguments=arguments):
                network = MultiScalePatchDiscriminator(
                    4, **{"filters": 2, **arguments}
                )
                if arguments.get("num_layers") == 1:
                    # Nothing is normalized, so that nothing can tell.
                    network.spectral = False
                self.check("spade_discriminator", network)
        network = MultiScalePatchDiscriminator(
            4, use_edge_map=True, image_channels=1, filters=2
        )
        self.check(
            "spade_discriminator", network, use_edge_map=True, image_channels=1
        )

    def test_style_encoders(self):
        for arguments in (
            {},
            {"style_dim": 5, "image_channels": 1},
            {"spectral": False},
            {"normalization": "sync_batch"},
            {"normalization": "none"},
        ):
            with self.subTest(arguments=arguments):
                network = StyleEncoder(**{"filters": 2, **arguments})
                self.check("spade_encoder", network)

    def test_pix2pixhd_generators(self):
        for arguments in (
            {},
            {"num_downsamplings": 2, "num_blocks": 1, "output_channels": 1},
            {"num_blocks": 3, "kernel_size": 5, "initial_kernel_size": 3},
            {"normalization": "sync_batch"},
            {"spectral": False},
            {"normalization": "none"},
            {"normalization": "none", "spectral": False},
        ):
            with self.subTest(arguments=arguments):
                base = {"filters": 2, "num_downsamplings": 3, "num_blocks": 2}
                network = Pix2PixHDGenerator(4, **{**base, **arguments})
                self.check("pix2pixhd_generator", network)

    def test_pytorch_gets_the_batch_counters_it_expects(self):
        state = official(tiny_generator())
        key = "up_0.norm_s.param_free_norm.num_batches_tracked"
        self.assertEqual(state[key].dtype, np.int64)
        self.assertEqual(state[key].shape, ())


class PublishedShapesTest(unittest.TestCase):
    """Full-size networks against the tables of the released checkpoints."""

    def check(self, network, table):
        path = golden.key_table(f"state_dict_{table}.csv")
        with open(path, newline="") as file:
            published = {
                row["key"]: tuple(int(n) for n in row["shape"].split("x"))
                for row in csv.DictReader(file)
                if row["needed"] == "1"
            }
        with golden.undrawn_weights():
            network.build()
        ours = {
            entry.key: entry.official_shape
            for entry in checkpoints.naming_table(network)
        }
        self.assertEqual(ours, published)

    def test_spade_generator_of_ade20k(self):
        self.check(SPADEGenerator(151), "spade_generator")

    def test_discriminator_of_ade20k(self):
        self.check(MultiScalePatchDiscriminator(151), "spade_discriminator")

    def test_style_encoder(self):
        self.check(StyleEncoder(), "spade_encoder")

    def test_pix2pixhd_generators_of_ade20k(self):
        for name, normalization in (
            ("pix2pixhd_generator", "instance"),
            ("pix2pixhdpp_generator", "sync_batch"),
        ):
            network = Pix2PixHDGenerator(151, normalization=normalization)
            self.check(network, name)


class ConverterErrorTest(unittest.TestCase):
    def test_one_error_lists_all_keys_that_do_not_fit(self):
        state = official(tiny_generator())
        del state["conv_img.weight"]
        del state["fc.weight"]
        state["up_9.extra"] = np.zeros(3)
        state["head_0.conv_0.bias"] = np.zeros(31)
        state["up_2.norm_0.mlp_shared.0.weight"] = np.zeros((3, 5, 3, 3))
        with self.assertRaises(ValueError) as caught:
            convert("spade_generator", state, **TOLD)
        lines = str(caught.exception).splitlines()
        self.assertIn("num_classes=4", lines[0])
        self.assertEqual(
            lines[1:],
            [
                "missing (2):",
                "  fc.weight",
                "  conv_img.weight",
                "surplus (1):",
                "  up_9.extra",
                "wrong shape (2):",
                "  head_0.conv_0.bias: expected (32,), received (31,)",
                "  up_2.norm_0.mlp_shared.0.weight: expected (3, 4, 3, 3), "
                "received (3, 5, 3, 3)",
            ],
        )

    def test_any_single_missing_key_is_named(self):
        networks = {
            "spade_generator": tiny_generator(),
            "spade_discriminator": MultiScalePatchDiscriminator(4, filters=2),
            "spade_encoder": StyleEncoder(filters=2, style_dim=3),
            "pix2pixhd_generator": Pix2PixHDGenerator(
                4, filters=2, num_downsamplings=2, num_blocks=2
            ),
        }
        random = np.random.RandomState(0)
        for name, network in networks.items():
            state = official(network)
            keys = [k for k in state if "num_batches" not in k]
            # A few of many: each builds a network.
            for key in random.choice(keys, 3, replace=False):
                left = {k: v for k, v in state.items() if k != key}
                with self.subTest(network=name, key=key):
                    with self.assertRaises(ValueError) as caught:
                        convert(name, left, **untold_options(name, network))
                    message = str(caught.exception)
                    self.assertIn(f"missing (1):\n  {key}", message)
                    self.assertNotIn("surplus", message)

    def test_an_option_against_the_shapes_is_named_with_both_values(self):
        state = official(tiny_generator())
        with self.assertRaisesRegex(
            ValueError, "filters=3 was given, the shapes say 2"
        ):
            convert("spade_generator", state, filters=3, **TOLD)

    def test_a_start_map_and_the_image_size_tell_the_doublings(self):
        size = (64, 128)
        network = tiny_generator(style_dim=3, image_size=size)
        state = official(network)
        told = {"use_edge_map": False}
        copy = convert("spade_generator", state, image_size=size, **told)
        self.assertEqual(copy.upsampling, "normal")
        size = (128, 256)
        copy = convert("spade_generator", state, image_size=size, **told)
        self.assertEqual(copy.upsampling, "more")
        with self.assertRaisesRegex(ValueError, "8 cells"):
            convert("spade_generator", state, image_size=(64, 64), **told)

    def test_a_size_that_cannot_be_generated_is_explained(self):
        state = official(tiny_generator())
        with self.assertRaisesRegex(ValueError, "cannot be built.*multiples"):
            convert(
                "spade_generator", state, **{**TOLD, "image_size": (60, 64)}
            )

    def test_the_state_of_another_network_is_refused(self):
        state = official(StyleEncoder(filters=2, style_dim=3))
        for name in (
            "spade_generator",
            "spade_discriminator",
            "pix2pixhd_generator",
            "vgg19",
        ):
            with self.subTest(network=name):
                with self.assertRaisesRegex(ValueError, "no state of a"):
                    convert(name, state)

    def test_unknown_networks_and_options_list_what_there_is(self):
        with self.assertRaisesRegex(ValueError, "spade_generator.*'spade'"):
            convert("spade", {})
        with self.assertRaisesRegex(TypeError, "crop_size.*image_size"):
            convert("spade_generator", {}, crop_size=256)

    def test_what_is_no_state_is_refused(self):
        for state in ([1], {}, {"state_dict": {}}, {"a": "text"}, 3):
            with self.subTest(state=state):
                with self.assertRaisesRegex(ValueError, "`state` must map"):
                    convert("spade_encoder", state)

    def test_to_official_refuses_other_models(self):
        with self.assertRaisesRegex(ValueError, "SPADEGenerator.*Sequential"):
            checkpoints.to_official(keras.Sequential())


class ConvertedFileTest(unittest.TestCase):
    def test_a_converted_network_survives_saving(self):
        state = official(tiny_generator(style_dim=3))
        generator = convert("spade_generator", state, **TOLD)
        label_map = np.zeros((1, 64, 64), "int32")
        latent = np.ones((1, 3), "float32")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "generator.keras")
            generator.save(path)
            copy = keras.saving.load_model(path)
        np.testing.assert_array_equal(
            ops.convert_to_numpy(copy(label_map, latent=latent)),
            ops.convert_to_numpy(generator(label_map, latent=latent)),
        )
