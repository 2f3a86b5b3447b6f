"""Whole objectives: which networks, which terms, which weights."""

from keras_semsynth.gans.adam_pair import AdamPair
from keras_semsynth.gans.augmenter import Augmenter
from keras_semsynth.gans.average_statistics import AverageStatistics
from keras_semsynth.gans.average_statistics import refresh_average_statistics
from keras_semsynth.gans.ccfpse import CCFPSE
from keras_semsynth.gans.corrected_adam import CorrectedAdam
from keras_semsynth.gans.crn import CRN
from keras_semsynth.gans.dpgan import DPGAN
from keras_semsynth.gans.late_logs import LateLogs
from keras_semsynth.gans.linear_decay import LinearDecay
from keras_semsynth.gans.oasis import OASIS
from keras_semsynth.gans.optimizer_group import OptimizerGroup
from keras_semsynth.gans.pix2pixhd import Pix2PixHD
from keras_semsynth.gans.r3gan import R3GAN
from keras_semsynth.gans.scgan import SCGAN
from keras_semsynth.gans.seen import Seen
from keras_semsynth.gans.semantic_gan import SemanticGAN
from keras_semsynth.gans.skipped_updates import SkippedUpdates
from keras_semsynth.gans.spade import SPADE
from keras_semsynth.gans.stop_on_non_finite import StopOnNonFinite
from keras_semsynth.gans.two_player_model import TwoPlayerModel
from keras_semsynth.gans.unpaired_scgan import UnpairedSCGAN

__all__ = [
    "AdamPair",
    "Augmenter",
    "AverageStatistics",
    "CCFPSE",
    "CRN",
    "CorrectedAdam",
    "DPGAN",
    "LateLogs",
    "LinearDecay",
    "OASIS",
    "OptimizerGroup",
    "Pix2PixHD",
    "R3GAN",
    "SCGAN",
    "SPADE",
    "Seen",
    "SemanticGAN",
    "SkippedUpdates",
    "StopOnNonFinite",
    "TwoPlayerModel",
    "UnpairedSCGAN",
    "refresh_average_statistics",
]
