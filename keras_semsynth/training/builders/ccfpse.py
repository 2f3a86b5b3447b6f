"""CC-FPSE from flags, and the networks of its ablation."""

from absl import flags

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.discriminators import FPSEDiscriminator
from keras_semsynth.discriminators import SemanticsEmbeddingPatchDiscriminator
from keras_semsynth.gans import CCFPSE
from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.generators.ccfpse_generator import BLOCKS
from keras_semsynth.generators.ccfpse_generator import UPSAMPLINGS
from keras_semsynth.layers.conditional_conv_block import NORMALIZATIONS
from keras_semsynth.training.builders.options import given
from keras_semsynth.training.builders.options import patch_objective

flags.DEFINE_enum(
    "generator_block",
    "conditional",
    BLOCKS,
    "Blocks of the CC-FPSE generator: conditional convolutions, or SPADE's "
    "residual blocks (--generator=ccfpse).",
)
flags.DEFINE_boolean(
    "feature_pyramid",
    True,
    "Let the blocks of the CC-FPSE generator read a feature pyramid of the "
    "label map beside the label map (--generator=ccfpse).",
)
flags.DEFINE_boolean(
    "recompute",
    False,
    "Predict the kernels of the CC-FPSE generator again in the backward pass "
    "instead of keeping them: less memory, more time (--generator=ccfpse).",
)


def generator(values, image_size, **layout):
    for flag, choice, known in (
        ("upsampling", values.upsampling, UPSAMPLINGS),
        ("normalization", values.normalization, (None, *NORMALIZATIONS)),
    ):
        if choice not in known:
            raise UsageError(
                f"--{flag}={choice} is none of the CC-FPSE generator's: "
                f"choose one of {[name for name in known if name]}."
            )
    return CCFPSEGenerator(
        image_size=image_size,
        upsampling=values.upsampling,
        style_dim=values.style_dim if values.use_style else None,
        kernel_size=values.modulation_kernel_size,
        block=values.generator_block,
        feature_pyramid=values.feature_pyramid,
        recompute=values.recompute,
        **given(
            filters=values.generator_filters,
            hidden_filters=values.modulation_filters,
            normalization=values.normalization,
        ),
        **layout,
    )


def discriminator(values, **layout):
    return FPSEDiscriminator(
        **given(filters=values.discriminator_filters), **layout
    )


def multiscale_embedding(values, **layout):
    return SemanticsEmbeddingPatchDiscriminator(
        num_scales=values.discriminator_scales,
        num_layers=values.discriminator_layers,
        **given(filters=values.discriminator_filters),
        **layout,
    )


GENERATORS = {"ccfpse": generator}
DISCRIMINATORS = {
    "fpse": discriminator,
    "multiscale_embedding": multiscale_embedding,
}
OBJECTIVES = {"ccfpse": patch_objective(CCFPSE)}
MODEL = {
    "generator": "ccfpse",
    "discriminator": "fpse",
    "objective": "ccfpse",
}
