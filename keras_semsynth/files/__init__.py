"""Bytes: atomic writes, pictures, names in a run directory, progress."""

from keras_semsynth.files.atomic import DiskFullError
from keras_semsynth.files.image_resizing import resize_image
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError

__all__ = [
    "DiskFullError",
    "ProgressLine",
    "RunDirectory",
    "RunError",
    "resize_image",
]
