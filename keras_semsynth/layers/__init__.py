"""The operators of the family, one a file."""

from keras_semsynth.layers.average_pyramid import average_pyramid
from keras_semsynth.layers.batch_normalization import BatchNormalization
from keras_semsynth.layers.channel_average_pooling import ChannelAveragePooling
from keras_semsynth.layers.clade import CLADE
from keras_semsynth.layers.clade_residual_block import CLADEResidualBlock
from keras_semsynth.layers.class_table import class_table
from keras_semsynth.layers.concatenation_residual_block import (
    ConcatenationResidualBlock,
)
from keras_semsynth.layers.conditional_conv_block import ConditionalConvBlock
from keras_semsynth.layers.conditional_depthwise_conv2d import (
    ConditionalDepthwiseConv2D,
)
from keras_semsynth.layers.conditional_depthwise_conv2d import (
    conditional_depthwise_conv2d,
)
from keras_semsynth.layers.conditional_predictor import ConditionalPredictor
from keras_semsynth.layers.conditioned_spade import ConditionedSPADE
from keras_semsynth.layers.conditioned_spade_residual_block import (
    ConditionedSPADEResidualBlock,
)
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.conv_stack import ConvStack
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.convolution import label_convolution
from keras_semsynth.layers.distinct_patches import distinct_patches
from keras_semsynth.layers.distinct_patches import layout_patches
from keras_semsynth.layers.feature_mixing import FeatureMixing
from keras_semsynth.layers.image_transformation import ImageTransformation
from keras_semsynth.layers.inade import INADE
from keras_semsynth.layers.inade_residual_block import INADEResidualBlock
from keras_semsynth.layers.initialized_network import InitializedNetwork
from keras_semsynth.layers.initializers import XavierUnlessSpectral
from keras_semsynth.layers.initializers import kernel_initializer
from keras_semsynth.layers.instance_normalization import InstanceNormalization
from keras_semsynth.layers.label_conv2d import LabelConv2D
from keras_semsynth.layers.label_embedding import LabelEmbedding
from keras_semsynth.layers.label_feature_pyramid import LabelFeaturePyramid
from keras_semsynth.layers.label_layer import LabelLayer
from keras_semsynth.layers.label_map import one_hot_label_map
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.label_modulation import label_modulation
from keras_semsynth.layers.layout_level import LayoutLevel
from keras_semsynth.layers.layout_level import layout_level
from keras_semsynth.layers.modulated_residual_block import (
    ModulatedResidualBlock,
)
from keras_semsynth.layers.modulation import Modulation
from keras_semsynth.layers.network import Network
from keras_semsynth.layers.normalization import make_normalization
from keras_semsynth.layers.normalized_conv2d import NormalizedConv2D
from keras_semsynth.layers.patch_head import PatchHead
from keras_semsynth.layers.position_code import PositionCode
from keras_semsynth.layers.position_map import position_map
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.random_conv2d import RandomConv2D
from keras_semsynth.layers.recomputed import recomputed
from keras_semsynth.layers.refinement_module import RefinementModule
from keras_semsynth.layers.reflection_padding2d import ReflectionPadding2D
from keras_semsynth.layers.region_conv2d import RegionConv2D
from keras_semsynth.layers.semantics_head import SemanticsHead
from keras_semsynth.layers.spade import SPADE
from keras_semsynth.layers.spade_residual_block import SPADEResidualBlock
from keras_semsynth.layers.spatial_adaptation_pyramid import (
    SpatialAdaptationPyramid,
)
from keras_semsynth.layers.spatially_conditional_conv2d import (
    SpatiallyConditionalConv2D,
)
from keras_semsynth.layers.spatially_conditional_normalization import (
    SpatiallyConditionalNormalization,
)
from keras_semsynth.layers.spatially_conditional_residual_block import (
    SpatiallyConditionalResidualBlock,
)
from keras_semsynth.layers.spectral_conv2d import SpectralConv2D
from keras_semsynth.layers.spectral_conv2d_transpose import (
    SpectralConv2DTranspose,
)
from keras_semsynth.layers.spectral_dense import SpectralDense
from keras_semsynth.layers.spectral_label_conv2d import SpectralLabelConv2D
from keras_semsynth.layers.spectral_normalization import SpectralNormalization
from keras_semsynth.layers.spectral_normalization import UnitNormal
from keras_semsynth.layers.unet_residual_block import UNetResidualBlock
from keras_semsynth.layers.vector_conv2d import VectorConv2D

__all__ = [
    "BatchNormalization",
    "CLADE",
    "CLADEResidualBlock",
    "ChannelAveragePooling",
    "ConcatenationResidualBlock",
    "ConditionalConvBlock",
    "ConditionalDepthwiseConv2D",
    "ConditionalPredictor",
    "ConditionedSPADE",
    "ConditionedSPADEResidualBlock",
    "INADE",
    "INADEResidualBlock",
    "FeatureMixing",
    "ImageTransformation",
    "InitializedNetwork",
    "InstanceNormalization",
    "LabelConv2D",
    "LabelEmbedding",
    "LabelFeaturePyramid",
    "Configured",
    "ConvStack",
    "convolution",
    "LabelLayer",
    "LayoutLevel",
    "ModulatedResidualBlock",
    "Modulation",
    "Network",
    "NormalizedConv2D",
    "PatchHead",
    "PositionCode",
    "RandomConv2D",
    "RefinementModule",
    "ReflectionPadding2D",
    "RegionConv2D",
    "SPADE",
    "SPADEResidualBlock",
    "SemanticsHead",
    "SpatialAdaptationPyramid",
    "SpatiallyConditionalConv2D",
    "SpatiallyConditionalNormalization",
    "SpatiallyConditionalResidualBlock",
    "SpectralConv2D",
    "SpectralConv2DTranspose",
    "SpectralDense",
    "SpectralLabelConv2D",
    "SpectralNormalization",
    "UNetResidualBlock",
    "UnitNormal",
    "VectorConv2D",
    "XavierUnlessSpectral",
    "average_pyramid",
    "class_table",
    "conditional_depthwise_conv2d",
    "distinct_patches",
    "full_precision",
    "kernel_initializer",
    "label_convolution",
    "label_modulation",
    "layout_level",
    "layout_patches",
    "make_normalization",
    "one_hot_label_map",
    "position_map",
    "recomputed",
    "resize_label_map",
]
