"""Frozen networks that judge images."""

from keras_semsynth.exports import export_classes

__all__ = export_classes(globals())
