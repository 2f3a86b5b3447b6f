"""Trained generators in the forms that other programs run."""

from keras_semsynth.export.description import describe_model
from keras_semsynth.export.litert_file import export_litert
from keras_semsynth.export.onnx_file import export_onnx
from keras_semsynth.export.other_formats import ExportRefusedError
from keras_semsynth.export.run_export import check_paths
from keras_semsynth.export.run_export import export_run
from keras_semsynth.export.saved_model import export_saved_model

__all__ = [
    "ExportRefusedError",
    "check_paths",
    "describe_model",
    "export_litert",
    "export_onnx",
    "export_run",
    "export_saved_model",
]
