"""Networks that judge whether an image is real and fits its label map."""

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.exports import export_classes

__all__ = ["Discriminator", *export_classes(globals())]
