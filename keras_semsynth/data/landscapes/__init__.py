"""The embedded dataset: landscapes made by NumPy from a seed."""

from keras_semsynth.data.landscapes.canvas import CLASSES
from keras_semsynth.data.landscapes.dataset import landscapes

__all__ = ["CLASSES", "landscapes"]
