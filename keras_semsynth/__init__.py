"""Semantic image synthesis: photographs from label maps, with GANs.

Importing the package registers its classes with Keras, so that
`keras.models.load_model("generator.keras")` finds them.
"""

from keras_semsynth import backend
from keras_semsynth import bulk
from keras_semsynth import checkpoints
from keras_semsynth import client
from keras_semsynth import data
from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import evaluation
from keras_semsynth import experiments
from keras_semsynth import explanations
from keras_semsynth import export
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth import layers
from keras_semsynth import losses
from keras_semsynth import metrics
from keras_semsynth import page
from keras_semsynth import presets
from keras_semsynth import scorers
from keras_semsynth import synthesis
from keras_semsynth import training
from keras_semsynth.synthesis import Synthesizer

__version__ = "0.1.0"

__all__ = [
    "Synthesizer",
    "backend",
    "bulk",
    "checkpoints",
    "client",
    "data",
    "discriminators",
    "encoders",
    "experiments",
    "evaluation",
    "explanations",
    "export",
    "gans",
    "generators",
    "layers",
    "losses",
    "metrics",
    "page",
    "presets",
    "scorers",
    "synthesis",
    "training",
]
