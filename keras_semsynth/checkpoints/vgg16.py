"""VGG-16 in torchvision's layout: `vgg16-397923af.pth`."""

from keras_semsynth.checkpoints.vgg import vgg_converter
from keras_semsynth.scorers.vgg16_features import VGG16Features

CONVERTER = vgg_converter(VGG16Features)
