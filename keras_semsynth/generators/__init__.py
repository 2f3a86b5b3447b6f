"""Networks that turn a label map into an image."""

from keras_semsynth.exports import export_classes
from keras_semsynth.generators.generator import Generator

__all__ = ["Generator", *export_classes(globals())]
