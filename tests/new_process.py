"""Loads a saved model in a new process and returns its outputs."""

import importlib.util
import os
import subprocess
import sys
import tempfile

import keras
import numpy as np

SCRIPT = """
import sys

import numpy as np
import keras
import keras_semsynth

model_path, inputs_path, outputs_path = sys.argv[1:]
with np.load(inputs_path) as archive:
    inputs = {name: archive[name] for name in archive.files}
model = keras.models.load_model(model_path)
outputs = keras.tree.flatten(model(**inputs, training=False))
outputs = [keras.ops.convert_to_numpy(output) for output in outputs]
np.savez(outputs_path, *outputs)
"""


def other_backends():
    """Returns the installed backends besides the one of this process."""
    return [
        name
        for name in ("tensorflow", "jax", "torch")
        if name != keras.backend.backend() and importlib.util.find_spec(name)
    ]


def outputs_in_new_process(model_path, inputs, backend=None):
    """Runs a saved model where nothing but the package is imported.

    Args:
        model_path: Path of a `.keras` file.
        inputs: dict of NumPy arrays, the keyword arguments of the model.
        backend: str or `None` for the one of this process. Defaults to
            `None`.

    Returns:
        List of NumPy arrays.
    """
    with tempfile.TemporaryDirectory() as folder:
        inputs_path = os.path.join(folder, "inputs.npz")
        outputs_path = os.path.join(folder, "outputs.npz")
        np.savez(inputs_path, **inputs)
        result = subprocess.run(
            [sys.executable, "-c", SCRIPT]
            + [os.fspath(model_path), inputs_path, outputs_path],
            env={
                **os.environ,
                "KERAS_BACKEND": backend or keras.backend.backend(),
                "PYTHONPATH": os.pathsep.join(
                    path for path in sys.path if path
                ),
            },
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise AssertionError(f"The new process failed:\n{result.stderr}")
        with np.load(outputs_path) as archive:
            return [archive[name] for name in archive.files]
