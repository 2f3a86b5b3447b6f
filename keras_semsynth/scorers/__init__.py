"""Frozen networks that judge images."""

from keras_semsynth.checkpoints.weights import WeightsRecord
from keras_semsynth.checkpoints.weights import find_weights
from keras_semsynth.checkpoints.weights import open_scorer
from keras_semsynth.checkpoints.weights import weights_dir
from keras_semsynth.exports import export_classes
from keras_semsynth.scorers.pretrained_scorer import pretrained_scorer

__all__ = [
    "WeightsRecord",
    "find_weights",
    "open_scorer",
    "pretrained_scorer",
    "weights_dir",
    *export_classes(globals()),
]
