"""Networks that turn a photograph into a style code."""

from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.encoders.region_style_encoder import RegionStyleEncoder
from keras_semsynth.encoders.style_encoder import StyleEncoder

__all__ = [
    "Encoder",
    "RegionStyleEncoder",
    "StyleEncoder",
]
