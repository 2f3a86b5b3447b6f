"""Every network there and back: `from_official(to_official(network))`."""

import csv
import unittest

import numpy as np
import pytest

from keras_semsynth import checkpoints
from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import generators
from keras_semsynth import scorers
from keras_semsynth.checkpoints.official import find_converter
from tests import golden
from tests.checkpoints.test_converter import convert
from tests.checkpoints.test_converter import with_random_weights
from tests.checkpoints.untold_options import untold_options

CLASSES = {"num_classes": 3, "image_size": (64, 64), "filters": 1}
BLOCKS = {"width_divisor": 16, "block_counts": [1, 1, 1, 1]}
UNET = {"num_classes": 3, "encoder_filters": [2, 2, 2], "last_filters": 2}
SMALL = {
    "ccfpse_discriminator": {"num_classes": 3, "filters": 1},
    "ccfpse_generator": {**CLASSES, "hidden_filters": 2},
    "deeplabv2_resnet101": BLOCKS,
    "dpgan_discriminator": {**UNET, "patch_filters": 2},
    "dpgan_generator": {**CLASSES, "noise_dim": 2, "pyramid_filters": 2},
    "drn_d_105": BLOCKS,
    "efficientnet_lite0": {"width_divisor": 8},
    "inception_fid": {"layout": "tf2015", "width_divisor": 16},
    "inception_torchvision": {"layout": "torchvision", "width_divisor": 16},
    "lpips_alex": {"backbone": "alex", "width_divisor": 64},
    "lpips_vgg": {"backbone": "vgg", "width_divisor": 64},
    "oasis_discriminator": UNET,
    "oasis_generator": {**CLASSES, "noise_dim": 2, "hidden_filters": 2},
    "pix2pixhd_generator": {**CLASSES, "num_downsamplings": 2},
    "scgan_discriminator": {"num_classes": 3, "filters": 1},
    "scgan_encoder": {"filters": 1, "style_dim": 2},
    "scgan_generator": {
        **CLASSES,
        "start_filters": 1,
        "vector_filters": 4,
        "hidden_filters": 2,
    },
    "spade_discriminator": {"num_classes": 3, "filters": 1},
    "spade_encoder": {"filters": 1, "style_dim": 2},
    "spade_generator": {**CLASSES, "hidden_filters": 2},
    "upernet101": {**BLOCKS, "num_classes": 5},
    "vgg16": {"width_divisor": 64},
    "vgg19": {"width_divisor": 64},
}
# Whose building takes seconds. Other tests have round trips of most.
DEEP = {
    *(f"{model}_generator" for model in ("ccfpse", "dpgan", "oasis")),
    "scgan_generator",
    "spade_generator",
    "inception_fid",
    "inception_torchvision",
    "upernet101",
}
# Networks that hold less than their file.
SAID = {
    "efficientnet_lite0": "classifier",
    "inception_torchvision": "AuxLogits",
    "lpips_alex": "classifier",
    "lpips_vgg": "classifier",
    "upernet101": "scratch",
    "vgg16": "classifier",
    "vgg19": "classifier",
}


class RoundTripTest(unittest.TestCase):
    def to_official(self, name, network):
        """Its state; checks that what it lacks is said."""
        if name not in SAID:
            with self.assertNoLogs(level="WARNING"):
                return checkpoints.to_official(network)
        with self.assertLogs(level="WARNING") as logs:
            state = checkpoints.to_official(network)
        self.assertRegex(logs.output[0], f"lacks .*{SAID[name]}.*strict=False")
        return state

    def test_networks_of_few_layers(self):
        self.check(set(SMALL) - DEEP)

    @pytest.mark.slow
    def test_networks_of_many_layers(self):
        self.check(DEEP)

    def check(self, names):
        self.assertEqual(set(SMALL), set(checkpoints.CONVERTERS))
        for name in sorted(names):
            with self.subTest(network=name):
                arguments = SMALL[name]
                network = find_converter(name).network_class(**arguments)
                state = self.to_official(name, with_random_weights(network))
                told = untold_options(name, network)
                copy = convert(name, state, **told)
                again = self.to_official(name, copy)
                self.assertEqual(list(state), list(again))
                for key, value in state.items():
                    np.testing.assert_array_equal(value, again[key], key)

    @pytest.mark.slow
    def test_full_size_states_are_those_of_the_public_files(self):
        for table, name, network in (
            ("deeplabv2_resnet101_cocostuff", "", scorers.DeepLabV2ResNet101()),
            ("drn_d_105", "", scorers.DRND105()),
            ("inception_fid", "", scorers.InceptionV3()),
            ("lpips_alex", "lpips_alex", scorers.LPIPS("alex")),
            ("lpips_vgg", "lpips_vgg", scorers.LPIPS("vgg")),
            ("upernet101", "upernet101", scorers.UPerNet101()),
            ("vgg19", "vgg19", scorers.VGG19Features()),
            ("spade_generator", "", generators.SPADEGenerator(151)),
            ("oasis_discriminator", "", discriminators.OASISDiscriminator(151)),
            ("spade_encoder", "", encoders.StyleEncoder()),
        ):
            with self.subTest(table=table):
                path = golden.key_table(f"state_dict_{table}.csv")
                with open(path, newline="") as file:
                    rows = list(csv.DictReader(file))
                with golden.undrawn_weights():
                    network.build()
                state = self.to_official(name, network)
                # Constants of LPIPS's code are in none of its files.
                published = {
                    row["key"]: tuple(
                        int(n) for n in row["shape"].split("x") if n.isdigit()
                    )
                    for row in rows
                    if row["file"] != "(constant)" and row["key"] != "up.weight"
                }
                unsaid = set(state) - set(published) - {"up.weight"}
                self.assertFalse(unsaid)
                for key, value in state.items():
                    if key in published:
                        self.assertEqual(value.shape, published[key], key)
                if name not in SAID:
                    self.assertEqual(set(published) - set(state), set())
