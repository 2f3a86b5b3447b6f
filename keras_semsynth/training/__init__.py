"""Runs: training, resume, checkpoints and callbacks around `fit`."""

from keras_semsynth.files.checkpoint_store import CheckpointStore
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.training.checkpointing import Checkpointing
from keras_semsynth.training.progress import Progress
from keras_semsynth.training.progress_bar import ProgressBar
from keras_semsynth.training.rehearsal import Rehearsal
from keras_semsynth.training.rehearsal import rehearse
from keras_semsynth.training.sample_grid import SampleGrid
from keras_semsynth.training.strategies import Strategy
from keras_semsynth.training.strategies import open_strategy
from keras_semsynth.training.train import LostWorkerError
from keras_semsynth.training.train import TrainingError
from keras_semsynth.training.train import TrainingResult
from keras_semsynth.training.train import prepare
from keras_semsynth.training.train import train
from keras_semsynth.training.train_scorer import ScorerReport
from keras_semsynth.training.train_scorer import train_scorer
from keras_semsynth.training.trainer import Trainer
from keras_semsynth.training.training_log import TrainingLog

__all__ = [
    "CheckpointStore",
    "Checkpointing",
    "LostWorkerError",
    "Progress",
    "ProgressBar",
    "Rehearsal",
    "RunDirectory",
    "SampleGrid",
    "ScorerReport",
    "Strategy",
    "Trainer",
    "TrainingError",
    "TrainingLog",
    "TrainingResult",
    "open_strategy",
    "prepare",
    "rehearse",
    "train",
    "train_scorer",
]
