"""Networks that turn a photograph into a style code."""

from keras_semsynth.exports import export_classes

__all__ = export_classes(globals())
