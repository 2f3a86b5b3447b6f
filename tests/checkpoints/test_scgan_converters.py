import csv
import unittest

import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.generators import SCGANGenerator
from tests import golden
from tests.checkpoints.test_converter import convert
from tests.checkpoints.test_converter import with_random_weights
from tests.checkpoints.untold_options import untold_options
from tests.experiments.small import preset_network


def tiny_generator(**options):
    arguments = {
        "num_classes": 4,
        "image_size": (64, 64),
        "filters": 2,
        "start_filters": 2,
        "vector_filters": 4,
        "hidden_filters": 3,
    }
    return SCGANGenerator(**{**arguments, **options})


class SCGANRoundTripTest(unittest.TestCase):
    def check(self, name, network, **options):
        with_random_weights(network)
        state = checkpoints.to_official(network)
        options = {**untold_options(name, network), **options}
        copy = convert(name, state, **options)
        self.assertIs(type(copy), type(network))
        ours, theirs = network.get_config(), copy.get_config()
        changed = {key for key in ours if ours[key] != theirs[key]}
        self.assertLessEqual(changed, {"name", "initializer_gain"})
        for ours, theirs in zip(network.weights, copy.weights, strict=True):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(ours.value),
                ops.convert_to_numpy(theirs.value),
            )

    def test_shapes_tell_the_generator(self):
        size = {"image_size": (64, 64)}
        for arguments, options in (
            ({"start_filters": 3, "num_norm_candidates": 5}, size),
            ({"num_conv_candidates": 2, "spectral_vectors": False}, size),
            ({"style_dim": 6}, {}),
            ({"normalization": "instance", "spectral": False}, size),
            ({"upsampling": "more"}, size),
        ):
            with self.subTest(**arguments):
                network = tiny_generator(**arguments)
                self.check("scgan_generator", network, **options)

    def test_generators_of_ablations_have_no_official_names(self):
        for name in ("convolution", "modulation"):
            network = tiny_generator(**{name: "plain"})
            network.build()
            with self.assertRaisesRegex(ValueError, f"`{name}=.*Received"):
                checkpoints.to_official(network)

    def test_options_tell_the_rest(self):
        told = {
            "image_size": (64, 64),
            "temperature": 0.5,
            "position_code": "pyramid",
            "num_classes": 4,
        }
        network = tiny_generator(use_edge_map=True, **told)
        self.check("scgan_generator", network, **told)
        told = {"image_size": (64, 64), "start": "image"}
        network = tiny_generator(num_classes=3, start="image")
        self.check("scgan_generator", network, **told)

    def test_keys_tell_the_discriminator(self):
        for network_class in (FPSEDiscriminator, MultiScalePatchDiscriminator):
            network = network_class(4, filters=2)
            self.check("scgan_discriminator", network)

    def test_a_missing_key_is_named(self):
        network = with_random_weights(tiny_generator())
        state = checkpoints.to_official(network)
        vectors = "pyramid_spaital_routing"
        for key in (
            "fc.weight",
            "conv_img.bias",
            f"{vectors}.labelDec3.1.weight_orig",
            "up_1.conv_0.conv_bases.1.weight_u",
            "G_middle_0.norm_1.affine_params_groups",
        ):
            left = {k: v for k, v in state.items() if k != key}
            with self.assertRaises(ValueError) as caught:
                told = untold_options("scgan_generator", network)
                convert("scgan_generator", left, **told)
            self.assertIn(f"missing (1):\n  {key}", str(caught.exception))


class SCGANPublishedShapesTest(unittest.TestCase):
    """Full-size presets against the tables of the released checkpoints."""

    def check(self, preset, part, table):
        path = golden.key_table(f"state_dict_{table}.csv")
        with open(path, newline="") as file:
            published = {
                row["key"]: tuple(int(n) for n in row["shape"].split("x"))
                for row in csv.DictReader(file)
                if row["needed"] == "1"
            }
        network = preset_network(preset, part)
        with golden.undrawn_weights():
            network.build()
        ours = {
            entry.key: tuple(entry.official_shape)
            for entry in checkpoints.naming_table(network)
        }
        self.assertEqual(ours, published)

    def test_ade20k(self):
        self.check("scgan_ade20k_256", "generator", "scgan_generator")
        self.check("scgan_ade20k_256", "discriminator", "scgan_discriminator")

    def test_coco_stuff(self):
        self.check("scgan_coco_stuff_256", "generator", "scgan_generator_coco")

    def test_celebamask_hq(self):
        for part in ("generator", "discriminator", "encoder"):
            self.check("scgan_celebamask_hq_512", part, f"scgan_{part}_celeba")
