"""The official style encoder of SC-GAN (`*_net_E.pth`): that of SPADE."""

from keras_semsynth.checkpoints.spade_encoder import CONVERTER

__all__ = ["CONVERTER"]
