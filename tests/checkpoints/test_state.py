import os
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


class StateFormTest(unittest.TestCase):
    """The forms in which the same weights are found in the wild."""

    def setUp(self):
        self.network = with_random_weights(StyleEncoder(filters=2, style_dim=3))
        self.state = checkpoints.to_official(self.network)

    def assertConverts(self, state):
        copy = convert("spade_encoder", state)
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

    def test_path_of_a_file(self):
        body, storages = {}, {}
        for index, (key, value) in enumerate(self.state.items()):
            strides = [s // value.itemsize for s in value.strides]
            body[key] = pth_files.tensor(
                pth_files.storage(str(index), value.size), value.shape, strides
            )
            storages[str(index)] = value.tobytes()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "latest_net_E.pth")
            pth_files.write_zip(path, pth_files.mapping(body), storages)
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
        told = {"use_edge_map": False}
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
