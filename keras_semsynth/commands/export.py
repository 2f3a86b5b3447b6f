"""Writes a trained generator as a model that runs without this package.

    semsynth export --run=RUN --output=served/spade

writes served/spade/1, the next time served/spade/2: a SavedModel for TensorFlow
Serving, or for TensorFlow alone. What is there already is never touched. It
takes layouts as ids or PNG files and returns images as numbers or PNG files,
with a seed, a style code or fresh noise; docs/export.md lists its signatures.

    --format=onnx      served/spade/1/model.onnx for ONNX Runtime
    --format=litert    served/spade/1/model.tflite for LiteRT, of one size

The file of a generator trained on any backend will do; the export itself runs
on TensorFlow.
"""

import functools
import os
import pathlib
import subprocess
import sys

import keras

from keras_semsynth.commands.command import Command
from keras_semsynth.export import check_paths
from keras_semsynth.export import export_run


@functools.wraps(export_run)
def _export(**arguments):
    if keras.backend.backend() == "tensorflow":
        return export_run(**arguments)
    check_paths(arguments["run"], arguments["output"])
    return _on_tensorflow(arguments)


def _on_tensorflow(arguments):
    """Runs the command anew: Keras has chosen its backend by now."""
    print(
        f"Note: the backend {keras.backend.backend()} was asked for, but "
        "exporting runs on TensorFlow, which reads the files of every "
        "backend.",
        flush=True,
    )
    flags = [f"--{name}={value}" for name, value in arguments.items()]
    return subprocess.run(
        [sys.executable, "-m", "keras_semsynth", "export", *flags],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        check=False,
    ).returncode


def _tell(result: pathlib.Path | int) -> int:
    if isinstance(result, int):
        return result  # the exit status of the other process
    print(f"Wrote {result}")
    return 0


main = Command(
    _export, __doc__, short=("run", "output", "format"), finish=_tell
)
