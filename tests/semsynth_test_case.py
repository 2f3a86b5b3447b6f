"""The checker every layer and network goes through, and its small helpers."""

import inspect
import json
import os
import tempfile
import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import backend
from tests.half_precision import trains_in

# Largest |difference| / largest |float32 value| a reduced precision may cause
# in one layer: about eight roundings (2**-11 and 2**-8 each).
POLICY_TOLERANCE = {"mixed_float16": 4e-3, "mixed_bfloat16": 4e-2}


def random(shape, seed=0, scale=1.0):
    """Returns a float32 standard normal array times `scale`."""
    generator = np.random.default_rng(seed)
    return (scale * generator.standard_normal(shape)).astype("float32")


def random_label_map(shape, num_classes, seed=0):
    """Returns an int32 array of ids in `[0, num_classes)`."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, num_classes, shape).astype("int32")


def one_hot_map(label_map, num_classes):
    """Returns float32 one-hot rows; an id out of range gives a zero row."""
    return np.equal(
        np.asarray(label_map)[..., None], np.arange(num_classes)
    ).astype("float32")


def relative_error(actual, expected):
    """Returns largest |difference| / largest |expected|."""
    actual = np.asarray(ops.convert_to_numpy(actual), dtype="float64")
    expected = np.asarray(ops.convert_to_numpy(expected), dtype="float64")
    if actual.shape != expected.shape:
        raise AssertionError(
            f"Shapes differ: {actual.shape} is not {expected.shape}."
        )
    if not np.isfinite(actual).all():
        raise AssertionError("The result holds values that are not finite.")
    scale = np.abs(expected).max() if expected.size else 0.0
    return float(np.abs(actual - expected).max(initial=0.0) / (scale or 1.0))


def dot(outputs, cotangent):
    """Returns the scalar tensor `sum(outputs * cotangent)`."""
    return ops.sum(ops.multiply(outputs, ops.convert_to_tensor(cotangent)))


def gradients(function, values):
    """Returns `d function / d value` for every float array in `values`.

    Args:
        function: Callable of as many tensors as there are `values`, returning
            a scalar tensor. Must not assign variables on JAX.
        values: List of float arrays.

    Returns:
        List of NumPy arrays of the shapes of `values`.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tensors = [tf.convert_to_tensor(value) for value in values]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = function(*tensors)
        found = tape.gradient(
            result, tensors, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
    elif backend == "jax":
        import jax

        tensors = [ops.convert_to_tensor(value) for value in values]
        found = jax.grad(function, argnums=tuple(range(len(tensors))))(*tensors)
    else:
        import torch

        tensors = [
            ops.convert_to_tensor(value).requires_grad_() for value in values
        ]
        # Zeros where a tensor has no influence, as the others return.
        found = torch.autograd.grad(
            function(*tensors), tensors, materialize_grads=True
        )
    return [ops.convert_to_numpy(gradient) for gradient in found]


def weight_gradients(layer, function):
    """Returns the gradients of `function()` for the layer's trainable weights.

    Args:
        layer: A built layer or model.
        function: Callable without arguments that calls `layer` and returns a
            scalar tensor.

    Returns:
        List of NumPy arrays, in the order of `layer.trainable_variables`.
    """
    variables = layer.trainable_variables

    def with_values(*values):
        with keras.StatelessScope(
            state_mapping=list(zip(variables, values, strict=True))
        ):
            return function()

    return gradients(
        with_values, [ops.convert_to_numpy(variable) for variable in variables]
    )


def count_parameters(model):
    """Builds `model` without making its arrays; counts trainable scalars."""
    return backend.unallocated(
        lambda: model.build() or backend.count_numbers(model.trainable_weights)
    )


def settle_spectral_vectors(layer):
    """Makes power iterations until sigma is about the spectral norm.

    Random vectors give a sigma near zero, hence outputs half precision cannot
    hold; after some training steps that never occurs.
    """
    for part in layer._flatten_layers():
        if hasattr(part, "normalized_kernel"):
            for _ in range(10):
                part.normalized_kernel(training=True)


class SemsynthTestCase(unittest.TestCase):
    """A `unittest.TestCase` with the shared layer checker."""

    def assert_close(self, actual, expected, tolerance):
        """Compares by largest |difference| / largest |expected|."""
        error = relative_error(actual, expected)
        self.assertLessEqual(error, tolerance)

    def check_layer(
        self,
        layer_class,
        kwargs,
        call_args,
        output_shape,
        trainable,
        non_trainable,
        output_dtype=None,
        policy_tolerance=None,
        fits=True,
        fit_policies=("mixed_bfloat16",),
        jit_compile="auto",
    ):
        """Checks what every layer and network of this package promises.

        Config and serialisation round trip; build, symbolic and eager shapes
        agree, also with dynamic sizes; weight counts; one `fit` step;
        `float32`, `mixed_float16` and `mixed_bfloat16`.

        Args:
            layer_class: The class.
            kwargs: dict. Its constructor arguments.
            call_args: List of arrays (dicts of them) for `call`, not square.
            output_shape: tuple, or list of tuples for several outputs.
            trainable: int. Number of trainable weights.
            non_trainable: int. Number of other weights, random state not
                counted.
            output_dtype: str, or list with one entry an output; `None` stands
                for the compute dtype of the layer. Defaults to `None`.
            policy_tolerance: dict or `None`. Overrides `POLICY_TOLERANCE`.
                Defaults to `None`.
            fits: bool. Whether gradients pass, so that `fit` makes sense.
                Defaults to `True`.
            fit_policies: tuple of str. Policies under which `fit` is run too,
                besides float32. Defaults to the one that every backend can
                train in on a CPU; tracing takes most of the time.
            jit_compile: As for `keras.Model.compile`, in the float32 step.
                Defaults to `"auto"`.
        """
        # Without it JAX would run the step one operation at a time.
        if keras.backend.backend() == "jax":
            jit_compile = True
        self._check_config(layer_class, kwargs)
        layer = layer_class(**kwargs)
        expected = self._check_call(layer, call_args, output_shape)
        self.assertEqual(len(layer.trainable_weights), trainable)
        weights = [
            weight
            for weight in layer.non_trainable_weights
            if not weight.path.endswith("seed_generator_state")
        ]
        self.assertEqual(len(weights), non_trainable)
        model = functional_model(layer, call_args)
        self._check_symbolic_and_saved(model, call_args, expected)
        if fits:
            # A network takes long to trace; the GANs do so for all of them.
            network = isinstance(layer, keras.Model)
            eagerly = network and jit_compile is not True
            self._check_fit(model, call_args, expected, jit_compile, eagerly)
        settle_spectral_vectors(layer)
        expected = _predict(model, call_args)
        tolerances = {**POLICY_TOLERANCE, **(policy_tolerance or {})}
        for policy, tolerance in tolerances.items():
            with self.subTest(policy=policy):
                mixed = layer_class(**kwargs, dtype=policy)
                self._check_policy(
                    mixed,
                    model.get_weights(),
                    (call_args, expected),
                    output_dtype,
                    tolerance,
                    fits and policy in fit_policies and trains_in(policy),
                )

    def _check_config(self, layer_class, kwargs):
        layer = layer_class(**kwargs)
        config = layer.get_config()
        variadic = (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        )
        for owner in layer_class.__mro__:
            ours = owner.__module__.startswith("keras_semsynth")
            if not ours or "__init__" not in vars(owner):
                continue
            parameters = inspect.signature(owner.__init__).parameters
            for name, parameter in parameters.items():
                if parameter.kind not in variadic and name != "self":
                    self.assertIn(name, config, "missing in `get_config()`")
                    self.assertTrue(hasattr(layer, name), f"no `{name}`")
        for name, value in kwargs.items():
            held = getattr(layer, name)
            # Names of activations and the like become objects.
            if isinstance(held, type(value)):
                self.assertEqual(held, value, name)
        # What a `.keras` file stores.
        stored = json.loads(
            json.dumps(keras.saving.serialize_keras_object(layer))
        )
        revived = keras.saving.deserialize_keras_object(stored)
        self.assertIs(type(revived), layer_class)
        self.assertEqual(
            json.dumps(revived.get_config(), default=str),
            json.dumps(config, default=str),
        )

    def _check_call(self, layer, call_args, output_shape):
        outputs = (
            layer(*call_args, training=False)
            if takes_training(layer)
            else layer(*call_args)
        )
        shapes = [tuple(output.shape) for output in keras.tree.flatten(outputs)]
        wanted = (
            output_shape if isinstance(output_shape, list) else [output_shape]
        )
        self.assertEqual(shapes, wanted)
        spec = layer.compute_output_shape(*_shape_arguments(layer, call_args))
        self.assertEqual(_flat_shapes(spec), wanted)
        return [
            ops.convert_to_numpy(output)
            for output in keras.tree.flatten(outputs)
        ]

    def _check_symbolic_and_saved(self, model, call_args, expected):
        for symbolic, output in zip(model.outputs, expected, strict=True):
            self.assertEqual(len(symbolic.shape), output.ndim)
            for size, actual in zip(symbolic.shape, output.shape, strict=True):
                self.assertIn(size, (None, actual))
        for output, value in zip(
            _predict(model, call_args), expected, strict=True
        ):
            self.assert_close(output, value, 1e-5)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.keras")
            model.save(path)
            revived = keras.models.load_model(path)
        for output, value in zip(
            _predict(revived, call_args), expected, strict=True
        ):
            self.assert_close(output, value, 1e-5)

    def _check_fit(self, model, call_args, expected, jit_compile, eagerly):
        model.compile(
            keras.optimizers.SGD(1e-3),
            loss=["mse"] * len(model.outputs),
            jit_compile=jit_compile,
            run_eagerly=eagerly,
        )
        before = [
            ops.convert_to_numpy(weight).copy()
            for weight in model.trainable_weights
        ]
        history = model.fit(
            keras.tree.flatten(call_args),
            [np.ones_like(value, dtype="float32") for value in expected],
            batch_size=len(call_args[0]),
            verbose=0,
        )
        self.assertTrue(np.isfinite(history.history["loss"][0]))
        moved = [
            not np.array_equal(ops.convert_to_numpy(weight), old)
            for weight, old in zip(model.trainable_weights, before, strict=True)
        ]
        self.assertEqual(any(moved), bool(before), "no weight was trained")
        for weight in model.weights:
            value = ops.convert_to_numpy(weight).astype("float64")
            self.assertTrue(np.isfinite(value).all(), weight.path)

    def _check_policy(
        self, mixed, weights, values, output_dtype, tolerance, fits
    ):
        call_args, expected = values
        model = functional_model(mixed, call_args)
        model.set_weights(weights)
        outputs = _predict(model, call_args)
        if not isinstance(output_dtype, list):
            output_dtype = [output_dtype] * len(outputs)
        for symbolic, output, value, dtype in zip(
            model.outputs, outputs, expected, output_dtype, strict=True
        ):
            self.assertEqual(
                keras.backend.standardize_dtype(symbolic.dtype),
                dtype or mixed.compute_dtype,
            )
            self.assert_close(output, value, tolerance)
        for weight in mixed.trainable_weights:
            self.assertEqual(weight.dtype, "float32", weight.path)
        if fits:
            # Graph and XLA were exercised in float32; tracing them again
            # tells nothing. JAX alone is slower without them.
            compiled = keras.backend.backend() == "jax"
            self._check_fit(model, call_args, expected, compiled, not compiled)


def takes_training(layer):
    return "training" in inspect.signature(layer.call).parameters


def functional_model(layer, call_args):
    """Returns a model of `layer` whose batch and sizes are dynamic."""

    def make_input(array):
        # Rank 3 is a label map: no channels. Rank 2 is a vector.
        sizes = {2: (array.shape[-1],), 3: (None, None)}.get(
            array.ndim, (None, None, array.shape[-1])
        )
        dtype = keras.backend.standardize_dtype(array.dtype)
        return keras.Input(sizes, dtype=dtype)

    inputs = keras.tree.map_structure(make_input, call_args)
    return keras.Model(
        keras.tree.flatten(inputs), keras.tree.flatten(layer(*inputs))
    )


def _predict(model, call_args):
    inputs = keras.tree.flatten(call_args)
    outputs = keras.tree.flatten(model(inputs, training=False))
    return [
        ops.convert_to_numpy(ops.cast(output, "float32")) for output in outputs
    ]


def _shape_arguments(layer, call_args):
    """Returns the shapes of `call_args` as `compute_output_shape` takes them.

    A layer may leave out the shapes that do not matter to it.
    """
    shapes = keras.tree.map_structure(lambda array: array.shape, call_args)
    accepted = inspect.signature(layer.compute_output_shape).parameters
    variable = any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD
        for parameter in accepted.values()
    )
    return shapes[: len(accepted) - variable]


def _flat_shapes(spec):
    """Returns the shapes in a nest of shapes as a list of tuples."""
    if isinstance(spec, dict):  # in the order of `keras.tree.flatten`
        spec = [spec[key] for key in sorted(spec)]
    if all(size is None or isinstance(size, int) for size in spec):
        return [tuple(spec)]
    return [shape for part in spec for shape in _flat_shapes(part)]
