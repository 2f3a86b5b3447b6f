"""Reads the golden files: numbers of the official PyTorch modules.

A small set comes with the tests (`tests/golden/`, see its README). The full one
lies beside the repository (`../shared/golden`) or where the environment
variable `SEMSYNTH_GOLDEN` says, and is used where it is. A test that asks for
an absent file is skipped with a printed reason. Layouts there are channels
first; `to_last` and `to_first` move between theirs and ours.
"""

import contextlib
import functools
import importlib.util
import json
import os
import pathlib
import re
import unittest
import unittest.mock

import keras
import numpy as np
import pytest
from keras import ops

from tests import programs

_FULL = pathlib.Path(__file__).resolve().parents[2] / "shared" / "golden"
_SMALL = pathlib.Path(__file__).resolve().parent / "golden"


def folder():
    """Folder of the golden set that is used: the full one where it is."""
    default = _FULL if _FULL.is_dir() else _SMALL
    return pathlib.Path(os.environ.get("SEMSYNTH_GOLDEN", default))


def key_table(name):
    """Path of the table of an official network's keys and shapes.

    Args:
        name: str. File name, such as `"state_dict_vgg19.csv"`.

    Raises:
        unittest.SkipTest: If the file is absent; the reason is printed.
    """
    path = folder() / name
    if not path.exists():
        path = folder().parent / "spec" / name
    if not path.exists():
        _skip(f"the table {name} is not in the golden set {folder()}")
    return path


def _skip(what):
    reason = f"{what}; SEMSYNTH_GOLDEN names the folder of the full set"
    print(f"SKIPPED: {reason}")
    raise unittest.SkipTest(reason)


def names(pattern):
    """Names of the golden files that match a glob, without the suffix."""
    return sorted(path.stem for path in folder().glob(f"{pattern}.npz"))


@functools.cache
def _weights_rule():
    path = folder() / "weights_rule.py"
    spec = importlib.util.spec_from_file_location("golden_weights_rule", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Golden:
    """One golden file.

    Args:
        name: str. File name without `.npz`.

    Raises:
        unittest.SkipTest: If the file is absent; the reason is printed.
    """

    def __init__(self, name):
        path = folder() / f"{name}.npz"
        if not path.exists():
            _skip(f"{path.name} is not in the golden set {folder()}")
        with np.load(path) as file:
            self.arrays = {key: file[key] for key in file.files}
        self.meta = json.loads(str(self.arrays.pop("meta")))
        self.options = self.meta.get("options", {})

    def __getitem__(self, key):
        return self.arrays[key]

    def __contains__(self, key):
        return key in self.arrays

    def under(self, prefix):
        """Arrays whose key starts with `prefix`, which is cut off."""
        return {
            key[len(prefix) :]: value
            for key, value in self.arrays.items()
            if key.startswith(prefix)
        }

    def state(self, net="net"):
        """Official state dict, rebuilt by the rule in the file."""
        entry = self.meta["nets"][net]
        shapes = {key: tuple(shape) for key, shape in entry["shapes"].items()}
        state = _weights_rule().random_state(shapes, entry["seed"])
        for pattern, factor in entry["scales"]:
            for key, value in state.items():
                if re.search(pattern, key):
                    scaled = value * np.float32(factor)
                    state[key] = scaled.astype(value.dtype)
        prefix = "state/" if net == "net" else f"state/{net}/"
        state.update(self.under(prefix))
        return state

    def network_inputs(self, prefix="in/"):
        """Label map, and edge map where the file has instances, as ours."""
        label_map = self[f"{prefix}label"][:, 0].astype("int32")
        if f"{prefix}instance" not in self:
            return {"label_map": label_map}
        # Imported here: the loss tests must not need the data.
        from keras_semsynth.data import edge_map_from_instances

        edges = edge_map_from_instances(self[f"{prefix}instance"][:, 0])
        return {
            "label_map": label_map,
            "edge_map": edges,
        }

    def cotangents(self, mode):
        """What the outputs of `mode` are multiplied by, in official layout."""
        random = np.random.RandomState(self.meta["cotangent"]["seed"])
        outputs = self.under(f"out/{mode}/")
        return {
            name: random.standard_normal(outputs[name].shape).astype("float32")
            for name in sorted(outputs)
        }


def to_last(x):
    return np.moveaxis(np.asarray(x), 1, -1)


def to_first(x):
    return np.moveaxis(ops.convert_to_numpy(x), -1, 1)


def error(actual, expected):
    """Largest absolute error over the largest absolute expected value."""
    actual = np.asarray(actual, "float64")
    expected = np.asarray(expected, "float64")
    if actual.shape != expected.shape:
        raise AssertionError(f"shape {actual.shape}, not {expected.shape}")
    scale = max(np.abs(expected).max(), 1e-12)
    return np.abs(actual - expected).max() / scale


def relative_l2(actual, expected):
    """Norm of the error over the norm of the expected value."""
    actual = np.asarray(actual, "float64")
    expected = np.asarray(expected, "float64")
    if actual.shape != expected.shape:
        raise AssertionError(f"shape {actual.shape}, not {expected.shape}")
    scale = max(np.linalg.norm(expected), 1e-12)
    return np.linalg.norm(actual - expected) / scale


def gradients(function, inputs, variables=(), updated=()):
    """Gradients of a scalar on the running backend.

    Args:
        function: Callable of the inputs; returns `(scalar, extra)`.
        inputs: list of float arrays.
        variables: Keras variables to differentiate by.
        updated: Non-trainable Keras variables that `function` may assign.

    Returns:
        `(extra, input_gradients, variable_gradients)`, NumPy arrays; a
        parameter without influence has gradient `None`.
    """
    backend = keras.backend.backend()
    values = [variable.value for variable in variables]
    inputs = [ops.convert_to_tensor(x) for x in inputs]
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for value in [*inputs, *values]:
                tape.watch(value)
            scalar, extra = function(*inputs)
        result = tape.gradient(scalar, [*inputs, *values])
    elif backend == "torch":
        import torch

        inputs = [x.detach().clone().requires_grad_() for x in inputs]
        scalar, extra = function(*inputs)
        result = torch.autograd.grad(
            scalar, [*inputs, *values], allow_unused=True
        )
    else:
        result, extra = _jax_gradients(
            function, inputs, variables, values, updated
        )
    result = [None if x is None else ops.convert_to_numpy(x) for x in result]
    extra = keras.tree.map_structure(ops.convert_to_numpy, extra)
    return extra, result[: len(inputs)], result[len(inputs) :]


def _jax_gradients(function, inputs, variables, values, updated):
    import jax

    def pure(inputs, values):
        mapping = [
            *zip(variables, values, strict=True),
            *((variable, variable.value) for variable in updated),
        ]
        with keras.StatelessScope(mapping) as scope:
            scalar, extra = function(*inputs)
        return scalar, (extra, [scope.get_current_value(v) for v in updated])

    # Compiled as a whole, without optimization: op by op takes minutes.
    compiled = jax.jit(
        jax.grad(pure, argnums=(0, 1), has_aux=True),
        compiler_options={"xla_backend_optimization_level": 0},
    )
    result, (extra, new) = compiled(inputs, values)
    for variable, value in zip(updated, new, strict=True):
        variable.assign(value)
    return [*result[0], *result[1]], extra


@contextlib.contextmanager
def undrawn_weights():
    """Lets networks be built with zeros where the weights come from a file.

    JAX compiles a random generator for every shape: 20 seconds for a tiny
    network.
    """
    from keras_semsynth.layers.spectral_normalization import UnitNormal

    def zeros(self, shape, dtype=None, **kwargs):
        return np.zeros(shape, dtype or "float32")

    with contextlib.ExitStack() as stack:
        for initializer in (
            keras.initializers.VarianceScaling,
            keras.initializers.RandomNormal,
            UnitNormal,
        ):
            patch = unittest.mock.patch.object(initializer, "__call__", zeros)
            stack.enter_context(patch)
        yield


def slow_on(*backends):
    """Marks a test `slow` on some backends."""
    if keras.backend.backend() in backends:
        return pytest.mark.slow
    return lambda test: test


# Its compiler takes most of the time.
slow_on_jax = slow_on("jax")


class ForwardCheck:
    """Compares one network or layer with its golden file, in every mode.

    In evaluation mode, with the program of inference too.

    Args:
        case: `unittest.TestCase` that reports.
        file: `Golden`.
        make: Callable that returns `(network, naming table)` with the weights
            of the file.
        call: Callable `(network, inputs, training)`; gets the tensors of
            `inputs` and returns a dict of output name -> tensor in our layout.
        inputs: dict, name -> float array in our layout. What the gradient is
            taken by where the file has `grad/<mode>/in/<name>`.
        limit: float. Largest `error` of outputs and of the state after.
    """

    # Suggested with the files; relative L2, because one kink on
    # the other side of zero may move single entries by per cents.
    GRADIENT_LIMIT = 5e-3

    def __init__(self, case, file, make, call, inputs, limit):
        self.case = case
        self.file = file
        self.make = make
        self.call = call
        self.inputs = inputs
        self.limit = limit

    def run(self):
        # Making a network takes longer than the rest.
        with undrawn_weights():
            network, table = self.make()
        weights = network.get_weights()
        for mode in self.file.meta["modes"]:
            with self.case.subTest(file=self.file.meta["case"], mode=mode):
                network.set_weights(weights)
                self._run(mode, network, table)
        if "eval" in self.file.meta["modes"]:
            with self.case.subTest(file=self.file.meta["case"], program=True):
                network.set_weights(weights)
                self._run_inference(network)

    def _run_inference(self, network):
        outputs = programs.run_inference(network, self.call, self.inputs)
        for name, output in outputs.items():
            self._compare(
                f"out/eval/{name}", channels_first(output), error, self.limit
            )

    def _run(self, mode, network, table):
        expected = self.file.under(f"grad/{mode}/")
        entries = [entry for entry in table if entry.key in expected]
        cotangents = self.file.cotangents(mode)

        def function(*tensors):
            inputs = dict(zip(self.inputs, tensors, strict=True))
            outputs = self.call(network, inputs, mode == "train")
            self.case.assertEqual(set(outputs), set(cotangents))
            total = sum(
                ops.sum(ops.multiply(output, channels_last(cotangents[name])))
                for name, output in outputs.items()
            )
            return total, outputs

        outputs, input_gradients, variable_gradients = gradients(
            function,
            list(self.inputs.values()),
            [entry.variable for entry in entries],
            network.non_trainable_variables,
        )
        for name, output in outputs.items():
            self._compare(
                f"out/{mode}/{name}", channels_first(output), error, self.limit
            )
        for entry, gradient in zip(entries, variable_gradients, strict=True):
            self._compare(
                f"grad/{mode}/{entry.key}",
                entry.layout.to_official(gradient),
                relative_l2,
                self.GRADIENT_LIMIT,
            )
        for name, gradient in zip(self.inputs, input_gradients, strict=True):
            if f"in/{name}" in expected:
                self._compare(
                    f"grad/{mode}/in/{name}",
                    channels_first(gradient),
                    relative_l2,
                    self.GRADIENT_LIMIT,
                )
        unknown = set(expected) - {entry.key for entry in entries}
        unknown = {key for key in unknown if not key.startswith("in/")}
        self.case.assertFalse(unknown, "gradients of unknown parameters")
        if mode == "train":
            state = {entry.key: entry.read() for entry in table}
            after = self.file.under("after/")
            for key in after:
                if not key.endswith("num_batches_tracked"):
                    self._compare(f"after/{key}", state[key], error, self.limit)

    def _compare(self, key, actual, measure, limit):
        value = measure(actual, self.file[key])
        self.case.assertLess(value, limit, key)


def channels_last(x):
    return to_last(x) if x.ndim == 4 else x


def channels_first(x):
    return to_first(x) if x.ndim == 4 else x
