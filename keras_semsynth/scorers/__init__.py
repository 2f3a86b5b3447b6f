"""Frozen networks that judge images."""

from keras_semsynth.exports import export_classes
from keras_semsynth.scorers.pretrained_scorer import pretrained_scorer

__all__ = ["pretrained_scorer", *export_classes(globals())]
