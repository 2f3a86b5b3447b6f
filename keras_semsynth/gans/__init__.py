"""Whole objectives: which networks, which terms, which weights."""

from keras_semsynth.exports import export_classes
from keras_semsynth.gans.adam_pair import AdamPair
from keras_semsynth.gans.average_statistics import AverageStatistics
from keras_semsynth.gans.average_statistics import refresh_average_statistics
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.gans.stop_on_non_finite import StopOnNonFinite

__all__ = [
    "AdamPair",
    "AverageStatistics",
    "SemanticGAN",
    "StopOnNonFinite",
    "refresh_average_statistics",
    *export_classes(globals()),
]
