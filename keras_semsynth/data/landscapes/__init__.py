"""The embedded dataset: landscapes made by NumPy from a seed."""

from keras_semsynth.data.landscapes.canvas import CLASS_NAMES
from keras_semsynth.data.landscapes.canvas import PALETTE
from keras_semsynth.data.landscapes.dataset import landscapes

__all__ = ["CLASS_NAMES", "PALETTE", "landscapes"]
