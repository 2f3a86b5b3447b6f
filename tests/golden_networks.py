"""Checks against the golden files of SC-GAN, DP-GAN and OASIS.

Their format is another than that of SPADE's and CC-FPSE's files, which
`tests/golden.py` reads. One `NetworkCheck` holds a network or layer against
its file, in evaluation and training mode: outputs, intermediate results,
gradients and what a forward pass leaves behind. Limits are those suggested with
the files; `pytest -s` shows what was measured.
"""

import contextlib
import functools
import importlib
import inspect
import sys
import unittest.mock
import zlib

import keras
import numpy as np
from keras import ops

from tests import golden
from tests import programs

# Suggested with the files, for a whole network in float32.
LIMITS = {"eval": 1e-4, "train": 2e-3}
# Layers, discriminators and losses: a complete port was measured at 3e-6.
LAYER_LIMITS = {"eval": 2e-5, "train": 2e-5}


@functools.cache
def _spectral():
    # It imports `weights_rule`, which lies beside it.
    sys.path.insert(0, str(golden.folder()))
    try:
        return importlib.import_module("spectral")
    finally:
        sys.path.remove(str(golden.folder()))


@contextlib.contextmanager
def double_precision():
    """Lets JAX and PyTorch keep float64, as TensorFlow does anyway.

    Keras rounds the results of most operations on both to float32. PyTorch's
    float64 convolution on CPU cannot make the gradient of a kernel that is a
    view in another order, as every Keras kernel is.
    """
    from keras.src.backend.common import dtypes

    with contextlib.ExitStack() as stack:
        kept = unittest.mock.patch.dict(
            dtypes.BIT64_TO_BIT32_DTYPE, {"float64": "float64"}
        )
        stack.enter_context(kept)
        if keras.backend.backend() == "jax":
            import jax

            stack.enter_context(jax.enable_x64(True))
        elif keras.backend.backend() == "torch":
            import torch

            convolve = torch.nn.functional.conv2d

            def conv2d(inputs, weight, *args, **kwargs):
                return convolve(inputs, weight.contiguous(), *args, **kwargs)

            patch = unittest.mock.patch.object(
                torch.nn.functional, "conv2d", conv2d
            )
            stack.enter_context(patch)
        yield


@contextlib.contextmanager
def recorded(**layers):
    """Keeps what layers are called with and return.

    Yields:
        dict, name -> `(arguments by name, outputs)` of the layer's last call.
    """
    calls = {}
    with contextlib.ExitStack() as stack:
        for name, layer in layers.items():

            def call(*args, name=name, original=layer.call, **kwargs):
                outputs = original(*args, **kwargs)
                given = inspect.signature(original).bind(*args, **kwargs)
                calls[name] = (given.arguments, outputs)
                return outputs

            patch = unittest.mock.patch.object(layer, "call", call)
            stack.enter_context(patch)
        yield calls


class NetworkFile(golden.Golden):
    """One golden file of the second format; arrays are channels first."""

    def state(self, net=None):
        """Official state dict of a network.

        Args:
            net: str. Its name in `meta["nets"]`; may be left out if there is
                only one.
        """
        if net is None:
            (net,) = self.meta["nets"]
        entry = self.meta["nets"][net]
        for prefix in (f"state_{net}/", f"{net}/state/", "state/"):
            stored = self.under(prefix)
            if stored:
                break
        if set(entry["shapes"]) <= set(stored):
            return stored
        return {**_spectral().golden_weights(entry), **stored}

    def label_map(self, key="in/label"):
        """Ids `(batch, height, width)` from a one-hot or an integer map."""
        labels = self[key]
        if labels.shape[1] == 1:
            return labels[:, 0].astype("int32")
        ids = labels.argmax(1).astype("int32")
        one_hot = np.arange(labels.shape[1])[:, None, None] == ids[:, None]
        if not np.array_equal(labels, one_hot):
            raise AssertionError(f"{key} is not one-hot")
        return ids

    def cotangent(self, name, shape, prefix=""):
        """What the output `name` of shape `shape` (theirs) is multiplied by."""
        if f"{prefix}in/cotangent" in self:
            return self[f"{prefix}in/cotangent"]
        seed = self.meta["cotangent_seed"] * 1000003
        seed = (seed + zlib.crc32(name.encode())) % 2**31
        random = np.random.RandomState(seed)
        return random.standard_normal(shape).astype("float32")

    def tolerance(self, group):
        """Limit in float64 of a group of arrays, such as `"train/grad"`."""
        return 5 * self.meta["tolerance64"].get(group, 0.0) + 1e-5


class NetworkCheck:
    """Compares one network or layer with its golden file, in both modes.

    Args:
        case: `unittest.TestCase` that reports.
        file: `NetworkFile`.
        make: Callable `(dtype)` that returns a fresh `(network, naming table)`
            with the weights of the file.
        call: Callable `(network, inputs, training)`; gets the tensors of
            `inputs` and returns a dict of name (`"out"`, `"out_logits"`,
            `"tap_fc"`, ...) -> tensor in our layout. All names with `out`
            count for the gradient, whether or not the file holds them.
        inputs: dict, name -> float array in our layout. What the gradient is
            taken by where the file has `train/grad_in/<name>`.
        prefix: str. What all keys of the case start with, such as
            `"identity/"`. Defaults to none.
        limits: dict, mode -> largest `golden.error` in float32. Defaults to
            `LIMITS`. In float64 the limits are the file's.
    """

    def __init__(
        self, case, file, make, call, inputs, prefix="", limits=LIMITS
    ):
        self.case = case
        self.file = file
        self.make = make
        self.call = call
        self.inputs = inputs
        self.prefix = prefix
        self.limits = limits

    def run(self, modes=("eval", "train"), dtype="float32"):
        """Checks the modes in one precision."""
        for mode in modes:
            with self.case.subTest(mode=mode, dtype=dtype):
                if dtype == "float32":
                    self._run(mode, dtype)
                    continue
                with double_precision():
                    self._run(mode, dtype)

    def _run(self, mode, dtype):
        self.measured = {}
        with golden.undrawn_weights():
            network, table = self.make(dtype)
        expected = self.file.under(f"{self.prefix}train/grad/")
        entries = [entry for entry in table if entry.key in expected]
        unknown = set(expected) - {entry.key for entry in entries}
        self.case.assertFalse(unknown, "gradients of unknown parameters")

        inputs = {k: value.astype(dtype) for k, value in self.inputs.items()}

        def function(*tensors):
            given = dict(zip(self.inputs, tensors, strict=True))
            outputs = self.call(network, given, mode == "train")
            return self._dot(outputs), outputs

        if mode == "eval":
            outputs = programs.run_inference(network, self.call, inputs)
            self._check_outputs(mode, dtype, outputs)
        outputs, input_gradients, variable_gradients = golden.gradients(
            function,
            list(inputs.values()),
            [entry.variable for entry in entries],
            network.non_trainable_variables,
        )
        self._check_outputs(mode, dtype, outputs)
        if mode == "train":
            for entry, gradient in zip(
                entries, variable_gradients, strict=True
            ):
                gradient = entry.layout.to_official(gradient)
                key = f"train/grad/{entry.key}"
                self._compare("train/grad", key, gradient, dtype)
            for name, gradient in zip(
                self.inputs, input_gradients, strict=True
            ):
                key = f"train/grad_in/{name}"
                if self.prefix + key in self.file:
                    gradient = golden.channels_first(gradient)
                    self._compare("train/grad_in", key, gradient, dtype)
            self._check_state(table, dtype)
        for group, value in self.measured.items():
            print(f"{self.file.meta['what'][:40]}: {group} {dtype} {value:.1e}")

    def _dot(self, outputs):
        total = 0.0
        for name, output in outputs.items():
            if not name.startswith("out"):
                continue
            shape = tuple(output.shape)
            if len(shape) == 4:
                shape = (shape[0], shape[3], *shape[1:3])
            cotangent = self.file.cotangent(name, shape, self.prefix)
            cotangent = ops.convert_to_tensor(golden.channels_last(cotangent))
            cotangent = ops.cast(cotangent, output.dtype)
            total = total + ops.sum(output * cotangent)
        return total

    def _check_outputs(self, mode, dtype, outputs):
        stored = {
            key
            for key in self.file.under(f"{self.prefix}{mode}/")
            if key.startswith("out")
        }
        self.case.assertLessEqual(stored, set(outputs))
        for name, output in outputs.items():
            key = f"{mode}/{name}"
            if self.prefix + key in self.file:
                group = f"{mode}/{'out' if name.startswith('out') else 'tap'}"
                output = golden.channels_first(output)
                self._compare(group, key, output, dtype)

    def _check_state(self, table, dtype):
        state = {entry.key: entry for entry in table}
        for key in self.file.under(f"{self.prefix}train/after/"):
            if not key.endswith("num_batches_tracked"):
                value = state[key].read()
                self._compare("train/after", f"train/after/{key}", value, dtype)

    def _compare(self, group, key, actual, dtype):
        error = golden.error(actual, self.file[self.prefix + key])
        self.measured[group] = max(self.measured.get(group, 0.0), error)
        if dtype == "float32":
            limit = self.limits[group.partition("/")[0]]
        else:
            limit = self.file.tolerance(self.prefix + group)
        self.case.assertLess(error, limit, self.prefix + key)
