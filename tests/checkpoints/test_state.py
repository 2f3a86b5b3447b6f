import argparse
import collections
import datetime
import os
import pathlib
import tempfile
import unittest

import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import Pix2PixHDGenerator
from tests import golden
from tests.checkpoints import pth_files
from tests.checkpoints.test_converter import convert
from tests.checkpoints.test_converter import official
from tests.checkpoints.test_converter import with_random_weights
from tests.checkpoints.test_safetensors import write_safetensors


class StateFormTest(unittest.TestCase):
    """The forms in which the same weights are found in the wild."""

    def setUp(self):
        self.network = with_random_weights(StyleEncoder(filters=2, style_dim=3))
        self.state = checkpoints.to_official(self.network)

    def assertConverts(self, state, **options):
        copy = convert("spade_encoder", state, **options)
        for ours, theirs in zip(
            self.network.weights, copy.weights, strict=True
        ):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(ours.value),
                ops.convert_to_numpy(theirs.value),
            )

    def test_wrapped_state(self):
        self.assertConverts({"epoch": 3, "state_dict": self.state})

    def test_data_parallel_prefix(self):
        parallel = {f"module.{k}": v for k, v in self.state.items()}
        self.assertConverts(parallel)
        self.assertConverts({"state_dict": parallel})

    def test_names_before_the_keys(self):
        for prefix in (
            "module.module.",
            "_orig_mod.",
            "module._orig_mod.",
            "netE.",
            "module.net_E.module.",
        ):
            with self.subTest(prefix=prefix):
                renamed = {prefix + k: v for k, v in self.state.items()}
                self.assertConverts(renamed)
        # Beside the keys of other networks, and of what is no network.
        others = {"netG.fc.weight": np.ones(3), "netD.a.weight": np.ones(3)}
        mine = {f"netE.{k}": v for k, v in self.state.items()}
        loss = {"criterion.weight": np.ones(3)}
        self.assertConverts({**others, **mine, **loss})
        with self.assertRaisesRegex(ValueError, "no encoder .* netG, netD"):
            convert("spade_encoder", others)

    def test_names_around_the_keys(self):
        for name in ("net", "ema", "params_ema", "params", "netE", "any"):
            with self.subTest(name=name):
                self.assertConverts({name: self.state, "epoch": 3})
        self.assertConverts({"checkpoint": {"model": self.state}})
        moments = {"state": {0: {"exp_avg": np.ones(3)}}}
        self.assertConverts(
            {
                "optimizer": moments,
                "loss": np.float32(0.5),
                "mean": np.zeros(3),
                "netD": {"a.weight": np.ones(3)},
                "encoder_state_dict": self.state,
            }
        )

    def test_the_average_is_taken_aloud_and_another_on_demand(self):
        zeros = {k: np.zeros_like(v) for k, v in self.state.items()}
        for plain, average in (
            ("state_dict", "state_dict_ema"),
            ("params", "params_ema"),
            ("net", "ema"),
            ("netE", "netE_ema"),
        ):
            with self.subTest(plain=plain, average=average):
                with self.assertLogs(level="WARNING") as logs:
                    self.assertConverts({plain: zeros, average: self.state})
                self.assertIn(
                    f"{average} is taken, not {plain}", logs.output[0]
                )
                self.assertIn("`weights_key`", logs.output[0])
                both = {plain: self.state, average: zeros}
                self.assertConverts(both, weights_key=plain)
        with self.assertLogs(level="WARNING") as logs:
            self.assertConverts({"a": self.state, "b": zeros})
        self.assertIn("a is taken, not b", logs.output[0])
        with self.assertRaisesRegex(
            ValueError, "`weights_key=c` is not there.*: a, b"
        ):
            both = {"a": self.state, "b": zeros}
            convert("spade_encoder", both, weights_key="c")

    def write(self, path, more=None):
        """Writes the state beside other things, as opcodes."""
        body, storages = {}, {}
        for index, (key, value) in enumerate(self.state.items()):
            strides = [s // value.itemsize for s in value.strides]
            body[key] = pth_files.tensor(
                pth_files.storage(str(index), value.size), value.shape, strides
            )
            storages[str(index)] = value.tobytes()
        body = pth_files.mapping(body)
        if more is not None:
            body = pth_files.mapping({**more, "state_dict": body})
        pth_files.write_zip(path, body, storages)

    def test_path_of_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "latest_net_E.pth")
            self.write(path)
            self.assertConverts(path)

    def test_other_objects_beside_the_weights(self):
        more = {
            "opt": argparse.Namespace(lr=np.float64(1e-4), size=(256, 256)),
            "best": np.float32(0.5),
            "date": datetime.datetime(2020, 1, 2),
            "folder": pathlib.PurePosixPath("runs/a"),
            "history": collections.defaultdict(list, loss=[1.0]),
            "classes": {"road", "sky"},
            "weights": np.arange(3),
            "rate": 1j,
            "config": collections.OrderedDict(a=None),
        }
        more = {key: pth_files.plain(value) for key, value in more.items()}
        # Of a function only its name, which nothing calls.
        more["activation"] = pth_files.name("torch.nn.functional", "relu")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "latest_net_E.pth")
            self.write(path, more)
            self.assertConverts(path)
            content = checkpoints.read_pth(path)
        self.assertIn("argparse.Namespace, not read", repr(content["opt"]))
        self.assertEqual(content["best"], 0.5)
        self.assertEqual(content["history"], {"loss": [1.0]})
        np.testing.assert_array_equal(content["weights"], [0, 1, 2])

    def test_safetensors(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "encoder.safetensors")
            write_safetensors(path, self.state)
            self.assertConverts(path)

    def test_batch_counters_are_ignored(self):
        encoder = StyleEncoder(
            filters=2, style_dim=3, normalization="sync_batch"
        )
        state = official(encoder)
        convert("spade_encoder", state)
        convert(
            "spade_encoder",
            {k: v for k, v in state.items() if "num_batches" not in k},
        )

    def test_double_precision_values_are_cast(self):
        double = {k: v.astype("float64") for k, v in self.state.items()}
        self.assertConverts(double)

    def test_old_files_without_v_give_the_same_networks(self):
        # Transposed convolutions have their output axis elsewhere, and in one
        # of the kernels there are more columns than rows and vice versa.
        generator = Pix2PixHDGenerator(
            3, filters=2, num_downsamplings=2, num_blocks=1
        )
        with golden.undrawn_weights():
            generator.build()
        random = np.random.RandomState(1)
        for weight in generator.weights:
            value = random.standard_normal(weight.shape)
            if "vector" in weight.name:
                value = value / np.linalg.norm(value)
            weight.assign(value.astype("float32"))
        state = checkpoints.to_official(generator)
        label_map = random.randint(0, 3, (1, 16, 16)).astype("int32")
        # One training step makes u and v belong together, as in a real file.
        for _ in range(30):
            generator(label_map, training=True)
        state = checkpoints.to_official(generator)
        old = {}
        for key, value in state.items():
            if key.endswith("weight_v"):
                prefix = key.removesuffix("_v")
                kernel = state[f"{prefix}_orig"]
                left = state[f"{prefix}_u"]
                matrix = kernel
                if kernel.shape[1] == len(left) != kernel.shape[0]:
                    matrix = np.swapaxes(kernel, 0, 1)
                matrix = matrix.reshape(len(left), -1).astype("float64")
                old[prefix] = (kernel / (left @ matrix @ value)).astype("f4")
            else:
                old[key] = value
        told = {"use_edge_map": False, "image_size": (16, 16)}
        copy = convert("pix2pixhd_generator", old, **told)
        self.assertLess(
            golden.error(
                ops.convert_to_numpy(copy(label_map)),
                ops.convert_to_numpy(generator(label_map)),
            ),
            1e-4,
        )
        # In a file that has v, the divided kernel is surplus.
        both = {**state, **{k: v for k, v in old.items() if k not in state}}
        with self.assertRaisesRegex(ValueError, r"surplus \(7\)"):
            convert("pix2pixhd_generator", both, **told)
