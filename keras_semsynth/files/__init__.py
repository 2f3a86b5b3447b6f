"""Bytes on disk: atomic writes, pictures, names in a run directory."""

from keras_semsynth.files.atomic import DiskFullError
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError

__all__ = ["DiskFullError", "RunDirectory", "RunError"]
