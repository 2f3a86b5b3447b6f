"""States of networks that were published in several files."""

import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints.state import open_state
from keras_semsynth.scorers import LPIPS
from tests.checkpoints.test_safetensors import write_safetensors

PARTS = {"trunk": ("new.pth", "old.pth"), "lin": ("lin.pth",)}


def array(number):
    return np.full((2,), number, "float32")


class PartsTest(unittest.TestCase):
    def test_parts_are_unwrapped_one_by_one_and_joined(self):
        state = open_state(
            {
                "trunk": {"state_dict": {"module.a": array(1)}},
                "lin": {"b": array(2)},
            },
            PARTS,
        )
        self.assertEqual({k: v[0] for k, v in state.items()}, {"a": 1, "b": 2})

    def test_one_state_with_all_keys_is_taken_as_it_is(self):
        state = open_state({"a": array(1), "b": array(2)}, PARTS)
        self.assertEqual(set(state), {"a", "b"})

    def test_a_missing_part_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "parts trunk, lin.*: lin"):
            open_state({"lin": {"b": array(2)}}, PARTS)

    def test_one_file_given_twice_is_an_error(self):
        part = {"a": array(1)}
        with self.assertRaisesRegex(ValueError, "The lin has keys of another"):
            open_state({"trunk": part, "lin": part}, PARTS)

    def test_a_folder_that_lacks_a_part_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(
                FileNotFoundError, "lacks the trunk.*new.pth or old.pth"
            ):
                open_state(pathlib.Path(folder), PARTS)

    def test_a_part_may_be_a_safetensors_file(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, key in (("old", "a"), ("lin", "b")):
                path = pathlib.Path(folder, f"{name}.safetensors")
                write_safetensors(path, {key: array(1)})
            state = open_state(pathlib.Path(folder), PARTS)
        self.assertEqual(set(state), {"a", "b"})


class LPIPSStateTest(unittest.TestCase):
    def setUp(self):
        self.network = LPIPS(width_divisor=32)
        self.network.build()
        self.state = checkpoints.to_official(self.network)

    def assertSame(self, copy):
        self.assertEqual(copy.width_divisor, 32)
        for key, value in checkpoints.to_official(copy).items():
            np.testing.assert_array_equal(value, self.state[key])

    def test_a_trunk_with_its_classifier_and_the_weights_of_channels(self):
        lin = {k: v for k, v in self.state.items() if k.startswith("lin")}
        trunk = {k: v for k, v in self.state.items() if k not in lin}
        trunk["classifier.1.weight"] = array(0)
        self.assertSame(
            checkpoints.from_official(
                "lpips_alex", {"trunk": trunk, "lin": lin}
            )
        )

    def test_a_dump_of_the_whole_module_is_understood(self):
        slices = dict(zip((0, 3, 6, 8, 10), range(1, 6), strict=True))
        state = {"scaling_layer.shift": np.zeros((1, 3, 1, 1), "float32")}
        for key, value in self.state.items():
            first, _, rest = key.partition(".")
            if first == "features":
                place = int(rest.partition(".")[0])
                state[f"net.slice{slices[place]}.{rest}"] = value
            else:
                state[key] = value
                state[f"lins.{first[3:]}.{rest}"] = value
        self.assertSame(checkpoints.from_official("lpips_alex", state))

    def test_weights_of_the_other_backbone_are_an_error(self):
        with self.assertRaisesRegex(ValueError, "missing .*features.2.weight"):
            try:
                checkpoints.from_official("lpips_vgg", self.state)
            except ValueError as error:
                raise ValueError(str(error).replace("\n", " ")) from None
