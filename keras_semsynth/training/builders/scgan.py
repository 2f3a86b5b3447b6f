"""SC-GAN from flags, and its unpaired translation."""

from absl import flags

from keras_semsynth.discriminators import ImagePatchDiscriminator
from keras_semsynth.gans import SCGAN
from keras_semsynth.gans import UnpairedSCGAN
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators.semantic_vector_generator import (
    VECTOR_NORMALIZATIONS,
)
from keras_semsynth.training.builders.options import given
from keras_semsynth.training.builders.options import patch_objective

flags.DEFINE_integer(
    "start_filters",
    32,
    "Width of the start map over 16, in channels (--generator=scgan).",
    lower_bound=1,
)
flags.DEFINE_integer(
    "vector_filters",
    32,
    "Base width of the semantic vector generator, in channels "
    "(--generator=scgan).",
    lower_bound=1,
)
flags.DEFINE_integer(
    "conv_candidates",
    3,
    "Convolutions that semantic vectors mix (--generator=scgan).",
    lower_bound=1,
)
flags.DEFINE_integer(
    "norm_candidates",
    4,
    "Scales and shifts that semantic vectors mix (--generator=scgan).",
    lower_bound=1,
)
flags.DEFINE_boolean(
    "conditional_conv",
    True,
    "Mix convolutions; if not, there is one (--generator=scgan).",
)
flags.DEFINE_boolean(
    "conditional_norm",
    True,
    "Mix scales and shifts; if not, SPADE makes them (--generator=scgan).",
)
flags.DEFINE_enum(
    "vector_normalization",
    "softmax",
    list(VECTOR_NORMALIZATIONS),
    "Last operation on semantic vectors (--generator=scgan).",
)
flags.DEFINE_float(
    "temperature",
    0.05,
    "Factor of semantic vectors before the softmax (--generator=scgan).",
)
flags.register_validator(
    "temperature", lambda value: value > 0, "It must be greater than 0."
)
flags.DEFINE_boolean(
    "detach_vectors",
    False,
    "Let semantic vectors that mix convolutions learn from the regressed image "
    "alone (--generator=scgan).",
)
flags.DEFINE_boolean(
    "spectral_vectors",
    True,
    "Spectral normalization in the semantic vector generator "
    "(--generator=scgan).",
)
flags.DEFINE_enum(
    "position_code",
    "none",
    ["none", "full", "pyramid"],
    "Tell pixels how far inside their region they lie; pyramid: as the "
    "official CelebAMask-HQ model does (--generator=scgan).",
)
flags.DEFINE_enum(
    "generator_start",
    "label_map",
    ["label_map", "image", "noise"],
    "What the generator starts from without --use_style: the shrunk label map, "
    "a source image (for --objective=unpaired_scgan) or --style_dim numbers of "
    "noise (--generator=scgan).",
)


def generator(values, image_size, **layout):
    style = values.use_style or values.generator_start == "noise"
    return SCGANGenerator(
        image_size=image_size,
        start_filters=values.start_filters,
        vector_filters=values.vector_filters,
        upsampling=values.upsampling,
        start="style" if values.use_style else values.generator_start,
        style_dim=values.style_dim if style else None,
        num_conv_candidates=values.conv_candidates,
        num_norm_candidates=values.norm_candidates,
        conditional_conv=values.conditional_conv,
        conditional_norm=values.conditional_norm,
        vector_normalization=values.vector_normalization,
        temperature=values.temperature,
        detach_vectors=values.detach_vectors,
        spectral_vectors=values.spectral_vectors,
        position_code=None
        if values.position_code == "none"
        else values.position_code,
        **given(
            filters=values.generator_filters,
            hidden_filters=values.modulation_filters,
            normalization=values.normalization,
        ),
        **layout,
    )


def discriminator(values, **layout):
    """Judges images alone; `layout` is not read."""
    return ImagePatchDiscriminator(
        num_scales=values.discriminator_scales,
        num_layers=values.discriminator_layers,
        **given(
            filters=values.discriminator_filters,
            initializer=values.discriminator_initializer,
        ),
    )


GENERATORS = {"scgan": generator}
DISCRIMINATORS = {"image_patch": discriminator}
OBJECTIVES = {
    "scgan": patch_objective(SCGAN),
    "unpaired_scgan": patch_objective(UnpairedSCGAN),
}
MODEL = {
    "generator": "scgan",
    "discriminator": "fpse",
    "objective": "scgan",
}
