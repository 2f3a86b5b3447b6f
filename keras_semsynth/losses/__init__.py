"""Loss terms, one a file, on `keras.ops`; never in half precision."""

from keras_semsynth.exports import export_classes

__all__ = export_classes(globals(), functions=True)
