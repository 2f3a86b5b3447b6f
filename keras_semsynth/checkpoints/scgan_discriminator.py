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


def select(state: Mapping[str, np.ndarray]) -> Converter:
    if inference.has_key(state, r"discriminator_\d+\..*"):
        return spade_discriminator.CONVERTER
    return ccfpse_discriminator.CONVERTER


CONVERTER = dataclasses.replace(
    ccfpse_discriminator.CONVERTER,
    select=select,
    variants=(spade_discriminator.CONVERTER,),
)
