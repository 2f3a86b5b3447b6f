"""Whole objectives: which networks, which terms, which weights."""

from keras_semsynth.gans.corrected_adam import CorrectedAdam
from keras_semsynth.gans.optimizer_group import OptimizerGroup
from keras_semsynth.gans.pix2pixhd import Pix2PixHD
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.gans.spade import SPADE
from keras_semsynth.gans.stop_on_non_finite import StopOnNonFinite

__all__ = [
    "CorrectedAdam",
    "OptimizerGroup",
    "Pix2PixHD",
    "SPADE",
    "SemanticGAN",
    "StopOnNonFinite",
]
