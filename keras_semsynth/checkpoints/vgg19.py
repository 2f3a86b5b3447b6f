"""VGG-19 in torchvision's layout: `vgg19-dcbb9e9d.pth`."""

from keras_semsynth.checkpoints.vgg import vgg_converter
from keras_semsynth.scorers.vgg19_features import VGG19Features

CONVERTER = vgg_converter(VGG19Features)
