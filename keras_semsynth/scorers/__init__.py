"""Frozen networks that judge images."""

from keras_semsynth.scorers.bottleneck import Bottleneck
from keras_semsynth.scorers.conv_batch_norm import ConvBatchNorm
from keras_semsynth.scorers.deeplabv2_resnet101 import DeepLabV2ResNet101
from keras_semsynth.scorers.drn_d_105 import DRND105
from keras_semsynth.scorers.efficientnet_lite0_features import (
    EfficientNetLite0Features,
)
from keras_semsynth.scorers.inception_v3 import InceptionV3
from keras_semsynth.scorers.input_format import InputFormat
from keras_semsynth.scorers.lpips import LPIPS
from keras_semsynth.scorers.mbconv import MBConv
from keras_semsynth.scorers.mbconv_unit import MBConvUnit
from keras_semsynth.scorers.pretrained_scorer import PRETRAINED_SCORERS
from keras_semsynth.scorers.pretrained_scorer import pretrained_scorer
from keras_semsynth.scorers.segmentation_scorer import SegmentationScorer
from keras_semsynth.scorers.segmenter_features import SegmenterFeatures
from keras_semsynth.scorers.unet_segmenter import UNetSegmenter
from keras_semsynth.scorers.upernet101 import UPerNet101
from keras_semsynth.scorers.vgg16_features import VGG16Features
from keras_semsynth.scorers.vgg19_features import VGG19Features
from keras_semsynth.scorers.vgg_features import VGGFeatures

__all__ = [
    "PRETRAINED_SCORERS",
    "Bottleneck",
    "ConvBatchNorm",
    "DRND105",
    "DeepLabV2ResNet101",
    "EfficientNetLite0Features",
    "InceptionV3",
    "InputFormat",
    "LPIPS",
    "MBConv",
    "MBConvUnit",
    "SegmentationScorer",
    "SegmenterFeatures",
    "UNetSegmenter",
    "UPerNet101",
    "VGG16Features",
    "VGG19Features",
    "VGGFeatures",
    "pretrained_scorer",
]
