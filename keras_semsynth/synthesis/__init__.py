"""From layouts to photographs with a trained generator."""

from keras_semsynth.synthesis.folder_generation import generate_folder
from keras_semsynth.synthesis.folder_result import FolderResult
from keras_semsynth.synthesis.folder_translation import translate_folder
from keras_semsynth.synthesis.pretrained import pretrained_run
from keras_semsynth.synthesis.synthesizer import Synthesizer

__all__ = [
    "FolderResult",
    "Synthesizer",
    "generate_folder",
    "pretrained_run",
    "translate_folder",
]
