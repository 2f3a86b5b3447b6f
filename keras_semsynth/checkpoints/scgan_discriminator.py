"""The official SC-GAN discriminators (`*_net_D.pth`).

Two networks have this name: the feature pyramid of CC-FPSE and the two-scale
patch discriminator of SPADE. The keys tell which it is.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from keras_semsynth.checkpoints import ccfpse_discriminator
from keras_semsynth.checkpoints import inference
from keras_semsynth.checkpoints import spade_discriminator
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.scgan_generator import EDGE_MAP

_PYRAMID = dataclasses.replace(
    ccfpse_discriminator.CONVERTER, untold=(EDGE_MAP,)
)
_SCALES = dataclasses.replace(spade_discriminator.CONVERTER, untold=(EDGE_MAP,))


def select(state: Mapping[str, np.ndarray]) -> Converter:
    if inference.has_key(state, r"discriminator_\d+\..*"):
        return _SCALES
    return _PYRAMID


CONVERTER = dataclasses.replace(_PYRAMID, select=select, variants=(_SCALES,))
