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

import os
import pathlib
import subprocess
import sys

import keras
from absl import flags

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import fail
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags
from keras_semsynth.files import atomic

MODULE = "keras_semsynth.commands.export"
FORMATS = ("saved_model", "onnx", "litert")


def define_flags(flag_values=flags.FLAGS):
    """Defines the flags of this command.

    Args:
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.
    """
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string(
        "run",
        None,
        "Run directory of train.py, or a generator.keras.",
        **shared,
    )
    flags.DEFINE_string(
        "output",
        None,
        "Folder of all versions of the model; its name is the model's name.",
        **shared,
    )
    flags.DEFINE_enum(
        "format",
        "saved_model",
        FORMATS,
        "What to write: a SavedModel (TensorFlow Serving), a file for ONNX "
        "Runtime, or one for LiteRT (phones, small computers).",
        **shared,
    )
    flags.DEFINE_enum(
        "label_png",
        "ids",
        ["ids", "label_files"],
        "What the pixels of label PNGs sent to the model are: class ids, or "
        "what the label files of the training hold (e.g. ADE20K counts its "
        "classes from 1). SavedModel only.",
        **shared,
    )
    flags.DEFINE_integer(
        "max_pixels",
        1 << 22,
        "Layouts and photographs of more pixels are refused before they are "
        "decoded. SavedModel only.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the traceback of an error.", **shared
    )


def main(argv=None):
    """Runs the command.

    Args:
        argv: List of str, `argv[0]` the program. Defaults to `sys.argv`.

    Returns:
        int, the exit status.
    """
    argv = list(argv or sys.argv)
    flag_values = flags.FlagValues()
    define_flags(flag_values)
    options = parse_flags(
        argv, __doc__, [MODULE], pathlib.Path.cwd(), flag_values
    )
    with one_sentence(options.debug):
        for name in ("run", "output"):
            if not options[name].value:
                raise UsageError(f"--{name} must be set; see --help.")
        if not pathlib.Path(options.run).exists():
            raise UsageError(
                f"--run={options.run} does not exist: give a run directory of "
                "train.py, or a generator.keras."
            )
        if keras.backend.backend() != "tensorflow":
            return _on_tensorflow(argv)
        path = _export(options)
    print(f"Wrote {path}")
    return 0


def _on_tensorflow(argv):
    """Runs the command anew: Keras has chosen its backend by now."""
    print(
        f"Note: the backend {keras.backend.backend()} was asked for, but "
        "exporting runs on TensorFlow, which reads the files of every "
        "backend.",
        flush=True,
    )
    return subprocess.run(
        [sys.executable, "-m", "keras_semsynth", "export", *argv[1:]],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        check=False,
    ).returncode


def _export(options):
    from keras_semsynth import export as exports
    from keras_semsynth.export.label_png import label_files_differ
    from keras_semsynth.export.versions import check_output
    from keras_semsynth.synthesis.synthesizer import Synthesizer

    check_output(pathlib.Path(options.output))
    synthesizer = Synthesizer.load(options.run)
    try:
        if options.format == "onnx":
            return exports.export_onnx(synthesizer, options.output, options.run)
        if options.format == "litert":
            return exports.export_litert(
                synthesizer, options.output, options.run
            )
        if options.label_png == "ids" and label_files_differ(synthesizer):
            print(
                "Note: the label files of this run number the classes "
                "otherwise than the model; label PNGs sent to it must hold "
                "class ids. To send label files, add "
                "--label_png=label_files."
            )
        return exports.export_saved_model(
            synthesizer,
            options.output,
            options.run,
            options.label_png == "label_files",
            options.max_pixels,
        )
    except atomic.DiskFullError as error:
        fail(error, 1)
