"""Frozen networks that judge images."""

from keras_semsynth.scorers.vgg19 import VGG19Features

__all__ = ["VGG19Features"]
