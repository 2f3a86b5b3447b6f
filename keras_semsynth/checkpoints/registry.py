"""Every network that can be converted. A new paper adds its lines here."""

from keras_semsynth.checkpoints import pix2pixhd_generator
from keras_semsynth.checkpoints import spade_discriminator
from keras_semsynth.checkpoints import spade_encoder
from keras_semsynth.checkpoints import spade_generator
from keras_semsynth.checkpoints import vgg19

CONVERTERS = {
    "spade_generator": spade_generator.CONVERTER,
    "spade_discriminator": spade_discriminator.CONVERTER,
    "spade_encoder": spade_encoder.CONVERTER,
    "pix2pixhd_generator": pix2pixhd_generator.CONVERTER,
    "vgg19": vgg19.CONVERTER,
}
