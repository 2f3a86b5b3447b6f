"""Scores of generated images by the protocols of the papers."""

from keras_semsynth.evaluation.evaluate import evaluate
from keras_semsynth.evaluation.networks import METRIC_NAMES
from keras_semsynth.evaluation.protocols import PROTOCOLS
from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.report import Report
from keras_semsynth.evaluation.score import Score
from keras_semsynth.evaluation.segment_folder import SegmentedFolder
from keras_semsynth.evaluation.segment_folder import segment_folder

__all__ = [
    "METRIC_NAMES",
    "PROTOCOLS",
    "Protocol",
    "Report",
    "Score",
    "SegmentedFolder",
    "evaluate",
    "segment_folder",
]
