"""Trained generators in the forms that other programs run."""

from keras_semsynth.export.description import describe_model
from keras_semsynth.export.litert_file import export_litert
from keras_semsynth.export.onnx_file import export_onnx
from keras_semsynth.export.saved_model import export_saved_model

__all__ = [
    "describe_model",
    "export_litert",
    "export_onnx",
    "export_saved_model",
]
