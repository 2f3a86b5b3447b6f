"""Runs scripts in a new process, among them those that load saved models."""

import importlib.util
import os
import subprocess
import sys
import tempfile

import keras
import numpy as np

SCRIPT = """
import functools
import glob
import os
import sys

import numpy as np
import keras
import keras_semsynth

for path in glob.glob(os.path.join(sys.argv[1], "*.keras")):
    name = os.path.splitext(path)[0]
    with np.load(f"{name}.inputs.npz") as archive:
        inputs = {key: archive[key] for key in archive.files}
    model = keras.models.load_model(path)
    call = functools.partial(model, training=False)
    # Else JAX compiles every operation for itself.
    if keras.backend.backend() == "jax":
        call = keras_semsynth.backend.compiled(model)
    outputs = keras.tree.flatten(call(**inputs))
    outputs = [keras.ops.convert_to_numpy(output) for output in outputs]
    np.savez(f"{name}.outputs.npz", *outputs)
"""


WITHOUT_PACKAGE = """
import sys

import keras

try:
    keras.models.load_model(sys.argv[1])
except TypeError as error:
    print(error)
"""


def other_backends():
    """Returns the installed backends besides the one of this process."""
    return [
        name
        for name in ("tensorflow", "jax", "torch")
        if name != keras.backend.backend() and importlib.util.find_spec(name)
    ]


def outputs_in_new_process(models, backend=None):
    """Saves models and runs them where nothing but the package is imported.

    Args:
        models: dict, name -> `(model, inputs)`; `inputs` is a dict of NumPy
            arrays, the keyword arguments of the model.
        backend: str or `None` for the one of this process. Defaults to
            `None`.

    Returns:
        dict, name -> list of NumPy arrays.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, (model, inputs) in models.items():
            model.save(os.path.join(folder, f"{name}.keras"))
            np.savez(os.path.join(folder, f"{name}.inputs.npz"), **inputs)
        run(SCRIPT, folder, backend=backend)
        outputs = {}
        for name in models:
            path = os.path.join(folder, f"{name}.outputs.npz")
            with np.load(path) as archive:
                outputs[name] = [archive[key] for key in archive.files]
        return outputs


def error_without_package(model):
    """Returns what Keras says of a saved model if only Keras is imported."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        return run(WITHOUT_PACKAGE, path)


def environment(**settings):
    """Returns the environment of a process that finds what this one does.

    Args:
        **settings: str. What else is in it.

    Returns:
        dict.
    """
    places = os.pathsep.join(path for path in sys.path if path)
    backend = keras.backend.backend()
    return {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": places,
        **settings,
    }


def run(script, *arguments, backend=None):
    """Runs a script in a new process, which finds what this one does.

    Args:
        script: str.
        *arguments: str, `sys.argv[1:]` of the script.
        backend: str or `None` for the one of this process. Defaults to
            `None`.

    Returns:
        str. What it prints.
    """
    result = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment(KERAS_BACKEND=backend or keras.backend.backend()),
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise AssertionError(f"The new process failed:\n{result.stderr}")
    return result.stdout
