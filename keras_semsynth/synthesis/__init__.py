"""From layouts to photographs with a trained generator."""

from keras_semsynth.synthesis.synthesizer import Synthesizer

__all__ = ["Synthesizer"]
