"""Networks that turn a label map into an image."""

from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.pix2pixhd_generator import Pix2PixHDGenerator
from keras_semsynth.generators.spade_generator import SPADEGenerator

__all__ = ["Generator", "Pix2PixHDGenerator", "SPADEGenerator"]
