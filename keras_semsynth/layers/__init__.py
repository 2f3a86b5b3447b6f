"""The operators of the family, one a file."""

from keras_semsynth.layers.batch_normalization import BatchNormalization
from keras_semsynth.layers.distinct_patches import distinct_patches
from keras_semsynth.layers.distinct_patches import spade_patches
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.instance_normalization import InstanceNormalization
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.label_map import LabelMapResizing
from keras_semsynth.layers.label_map import edge_map_from_instances
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.normalized_conv2d import make_normalization
from keras_semsynth.layers.reflection_padding2d import ReflectionPadding2D
from keras_semsynth.layers.spade import SPADE
from keras_semsynth.layers.spade_residual_block import SPADEResidualBlock
from keras_semsynth.layers.spectral_conv2d import SpectralConv2D
from keras_semsynth.layers.spectral_conv2d_transpose import (
    SpectralConv2DTranspose,
)
from keras_semsynth.layers.spectral_dense import SpectralDense
from keras_semsynth.layers.spectral_label_conv2d import SpectralLabelConv2D

__all__ = [
    "BatchNormalization",
    "InstanceNormalization",
    "LabelConv2D",
    "LabelMapResizing",
    "NormalizedConv2D",
    "ReflectionPadding2D",
    "SPADE",
    "SPADEResidualBlock",
    "SpectralConv2D",
    "SpectralConv2DTranspose",
    "SpectralDense",
    "SpectralLabelConv2D",
    "distinct_patches",
    "edge_map_from_instances",
    "kernel_initializer",
    "make_normalization",
    "one_hot_label_map",
    "resize_label_map",
    "spade_patches",
]
