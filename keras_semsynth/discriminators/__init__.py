"""Networks that judge whether an image is real and fits its label map."""

from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.discriminators.dpgan_discriminator import DPGANDiscriminator
from keras_semsynth.discriminators.fpse_discriminator import FPSEDiscriminator
from keras_semsynth.discriminators.image_patch_discriminator import (
    ImagePatchDiscriminator,
)
from keras_semsynth.discriminators.multi_scale_patch_discriminator import (
    MultiScalePatchDiscriminator,
)
from keras_semsynth.discriminators.oasis_discriminator import OASISDiscriminator
from keras_semsynth.discriminators.patch_pyramid import PatchPyramid
from keras_semsynth.discriminators.projected_discriminator import (
    ProjectedDiscriminator,
)
from keras_semsynth.discriminators.projected_segmentation_discriminator import (
    ProjectedSegmentationDiscriminator,
)
from keras_semsynth.discriminators.semantics_embedding_patch_discriminator import (  # noqa: E501
    SemanticsEmbeddingPatchDiscriminator,
)

__all__ = [
    "DPGANDiscriminator",
    "Discriminator",
    "FPSEDiscriminator",
    "ImagePatchDiscriminator",
    "MultiScalePatchDiscriminator",
    "OASISDiscriminator",
    "PatchPyramid",
    "ProjectedDiscriminator",
    "ProjectedSegmentationDiscriminator",
    "SemanticsEmbeddingPatchDiscriminator",
]
