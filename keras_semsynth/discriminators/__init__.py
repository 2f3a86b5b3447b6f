"""Networks that judge an image under its label map."""

from keras_semsynth.discriminators.multi_scale_patch_discriminator import (
    MultiScalePatchDiscriminator,
)
from keras_semsynth.discriminators.patch_discriminator import PatchDiscriminator

__all__ = ["MultiScalePatchDiscriminator", "PatchDiscriminator"]
