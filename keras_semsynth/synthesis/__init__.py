"""From layouts to photographs with a trained generator."""

from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.synthesis.folder_generation import generate_folder
from keras_semsynth.synthesis.folder_result import FolderResult
from keras_semsynth.synthesis.folder_translation import translate_folder
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.layout_reading import read_layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.named_models import find_model
from keras_semsynth.synthesis.named_models import shipped_models
from keras_semsynth.synthesis.pictures import Pictures
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.repainting import Repainting
from keras_semsynth.synthesis.synthesizer import Synthesizer
from keras_semsynth.synthesis.trained_model import TrainedModel

__all__ = [
    "FolderResult",
    "GeneratorInputs",
    "Layout",
    "Look",
    "Pictures",
    "Renderer",
    "Repainting",
    "Synthesizer",
    "TrainedModel",
    "find_model",
    "generate_folder",
    "read_layout",
    "shipped_models",
    "to_uint8",
    "translate_folder",
]
