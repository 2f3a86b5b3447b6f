"""Networks that turn a photograph into a style code."""

from keras_semsynth.encoders.style_encoder import StyleEncoder

__all__ = [
    "StyleEncoder",
]
