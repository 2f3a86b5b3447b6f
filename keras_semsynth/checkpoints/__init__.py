"""Official PyTorch checkpoints to Keras networks, and back."""

from keras_semsynth.checkpoints.converter import from_official
from keras_semsynth.checkpoints.converter import naming_table
from keras_semsynth.checkpoints.converter import option_names
from keras_semsynth.checkpoints.converter import to_official
from keras_semsynth.checkpoints.pth import read_pth

__all__ = [
    "from_official",
    "naming_table",
    "option_names",
    "read_pth",
    "to_official",
]
