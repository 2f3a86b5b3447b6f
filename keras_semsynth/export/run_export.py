"""Writes a trained generator as a model that runs without this package."""

import os
import pathlib
from typing import Literal

import keras

from keras_semsynth.export.label_png import label_files_differ
from keras_semsynth.export.litert_file import export_litert
from keras_semsynth.export.onnx_file import export_onnx
from keras_semsynth.export.other_formats import ExportRefusedError
from keras_semsynth.export.saved_model import export_saved_model
from keras_semsynth.export.versions import check_output
from keras_semsynth.synthesis.named_models import find_model
from keras_semsynth.synthesis.synthesizer import Synthesizer


def export_run(
    run: str | os.PathLike,
    output: str | os.PathLike,
    format: Literal["saved_model", "onnx", "litert"] = "saved_model",
    label_png: Literal["ids", "label_files"] = "ids",
    max_pixels: int = 1 << 22,
) -> pathlib.Path:
    """Writes the generator of a run as the next version of a model.

    Args:
        run: str. Run directory, `generator.keras`, or name of a model, of any
            backend.
        output: str. Folder of all versions of the model; its name is the
            model's name.
        format: str. What to write: a SavedModel (TensorFlow Serving), a file
            for ONNX Runtime, or one for LiteRT (phones, small computers).
            Defaults to `"saved_model"`.
        label_png: str. What the pixels of label PNGs sent to the model are:
            class ids, or what the label files of the training hold (e.g.
            ADE20K counts its classes from 1). SavedModel only. Defaults to
            `"ids"`.
        max_pixels: int. Layouts and photographs of more pixels are refused
            before they are decoded. SavedModel only. Defaults to `4194304`.

    Returns:
        `pathlib.Path` of the version, e.g. `served/spade/1`.

    Raises:
        ValueError: If the run or the folder cannot be used, or Keras does not
            run on TensorFlow.
        ExportRefusedError: If the format cannot hold the generator.
        DiskFullError: If the disk filled up.
    """
    run = check_paths(run, output)
    if max_pixels < 1:
        raise ValueError(
            "`max_pixels` must be a positive integer. Received: "
            f"max_pixels={max_pixels}."
        )
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Exporting runs on TensorFlow, which reads the files of every "
            "backend: set KERAS_BACKEND=tensorflow. Received: "
            f"{keras.backend.backend()}."
        )
    synthesizer = Synthesizer.from_preset(run)
    if synthesizer.translates and format != "saved_model":
        raise ExportRefusedError(
            f"`format={format}` holds generators that paint layouts, and this "
            "run repaints photographs: use `format=saved_model`."
        )
    if synthesizer.translates and label_png != "ids":
        raise ValueError(
            f"`label_png={label_png}` is about layouts, and this run repaints "
            "photographs: leave it out."
        )
    if format == "onnx":
        return export_onnx(synthesizer, output, run)
    if format == "litert":
        return export_litert(synthesizer, output, run)
    if (
        label_png == "ids"
        and not synthesizer.translates
        and label_files_differ(synthesizer)
    ):
        print(
            "Note: the label files of this run number the classes otherwise "
            "than the model; label PNGs sent to it must hold class ids. To "
            "send label files, export with label_png=label_files."
        )
    return export_saved_model(
        synthesizer, output, run, label_png == "label_files", max_pixels
    )


def check_paths(
    run: str | os.PathLike, output: str | os.PathLike
) -> pathlib.Path:
    """Looks for a run, and whether a model can be written.

    Args:
        run: As for `export_run`.
        output: As for `export_run`.

    Returns:
        Path of the run.

    Raises:
        ValueError: If the run or the folder for a model cannot be used.
    """
    path = find_model(run)
    if not path.exists():
        raise ValueError(
            f"`run={run}` does not exist: give a run directory, a "
            "generator.keras, or the name of a model."
        )
    check_output(pathlib.Path(output))
    return path
