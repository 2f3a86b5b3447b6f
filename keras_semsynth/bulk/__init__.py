"""Thousands of layouts, with interruptions, as an Apache Beam pipeline."""

from keras_semsynth.bulk.bulk import BulkResult
from keras_semsynth.bulk.bulk import StoppedError
from keras_semsynth.bulk.bulk import generate

__all__ = ["BulkResult", "StoppedError", "generate"]
