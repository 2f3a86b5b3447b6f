"""Every network that can be converted, by its name."""

from keras_semsynth.checkpoints import ccfpse_discriminator
from keras_semsynth.checkpoints import ccfpse_generator
from keras_semsynth.checkpoints import deeplabv2_resnet101
from keras_semsynth.checkpoints import dpgan_discriminator
from keras_semsynth.checkpoints import dpgan_generator
from keras_semsynth.checkpoints import drn_d_105
from keras_semsynth.checkpoints import efficientnet_lite0
from keras_semsynth.checkpoints import inception_fid
from keras_semsynth.checkpoints import inception_torchvision
from keras_semsynth.checkpoints import lpips_alex
from keras_semsynth.checkpoints import lpips_vgg
from keras_semsynth.checkpoints import oasis_discriminator
from keras_semsynth.checkpoints import oasis_generator
from keras_semsynth.checkpoints import pix2pixhd_generator
from keras_semsynth.checkpoints import scgan_discriminator
from keras_semsynth.checkpoints import scgan_generator
from keras_semsynth.checkpoints import spade_discriminator
from keras_semsynth.checkpoints import spade_encoder
from keras_semsynth.checkpoints import spade_generator
from keras_semsynth.checkpoints import upernet101
from keras_semsynth.checkpoints import vgg16
from keras_semsynth.checkpoints import vgg19
from keras_semsynth.checkpoints.converter import Converter

CONVERTERS: dict[str, Converter] = {
    "ccfpse_discriminator": ccfpse_discriminator.CONVERTER,
    "ccfpse_generator": ccfpse_generator.CONVERTER,
    "deeplabv2_resnet101": deeplabv2_resnet101.CONVERTER,
    "dpgan_discriminator": dpgan_discriminator.CONVERTER,
    "dpgan_generator": dpgan_generator.CONVERTER,
    "drn_d_105": drn_d_105.CONVERTER,
    "efficientnet_lite0": efficientnet_lite0.CONVERTER,
    "inception_fid": inception_fid.CONVERTER,
    "inception_torchvision": inception_torchvision.CONVERTER,
    "lpips_alex": lpips_alex.CONVERTER,
    "lpips_vgg": lpips_vgg.CONVERTER,
    "oasis_discriminator": oasis_discriminator.CONVERTER,
    "oasis_generator": oasis_generator.CONVERTER,
    "pix2pixhd_generator": pix2pixhd_generator.CONVERTER,
    "scgan_discriminator": scgan_discriminator.CONVERTER,
    # SC-GAN encodes styles as SPADE does.
    "scgan_encoder": spade_encoder.CONVERTER,
    "scgan_generator": scgan_generator.CONVERTER,
    "spade_discriminator": spade_discriminator.CONVERTER,
    "spade_encoder": spade_encoder.CONVERTER,
    "spade_generator": spade_generator.CONVERTER,
    "upernet101": upernet101.CONVERTER,
    "vgg16": vgg16.CONVERTER,
    "vgg19": vgg19.CONVERTER,
}
