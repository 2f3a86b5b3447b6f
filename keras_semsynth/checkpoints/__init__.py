"""Official PyTorch checkpoints to Keras networks, and back."""

from keras_semsynth.checkpoints.convert import convert
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.inert import Inert
from keras_semsynth.checkpoints.kinds import kind_of
from keras_semsynth.checkpoints.load_features import load_features
from keras_semsynth.checkpoints.official import from_official
from keras_semsynth.checkpoints.official import naming_table
from keras_semsynth.checkpoints.official import to_official
from keras_semsynth.checkpoints.pth import read_pth
from keras_semsynth.checkpoints.registry import CONVERTERS
from keras_semsynth.checkpoints.safetensors import read_safetensors
from keras_semsynth.checkpoints.untold import Untold
from keras_semsynth.checkpoints.untold import UntoldOptionsError
from keras_semsynth.checkpoints.weights import DOWNLOAD
from keras_semsynth.checkpoints.weights import WeightsRecord
from keras_semsynth.checkpoints.weights import find_weights
from keras_semsynth.checkpoints.weights import find_weights_dir
from keras_semsynth.checkpoints.weights import open_scorer
from keras_semsynth.checkpoints.weights import record_file

__all__ = [
    "CONVERTERS",
    "Converter",
    "DOWNLOAD",
    "Inert",
    "Untold",
    "UntoldOptionsError",
    "WeightsRecord",
    "convert",
    "find_weights",
    "find_weights_dir",
    "from_official",
    "kind_of",
    "load_features",
    "naming_table",
    "open_scorer",
    "read_pth",
    "read_safetensors",
    "record_file",
    "to_official",
]
