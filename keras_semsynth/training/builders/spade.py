"""SPADE from flags, and the multi-scale patch discriminator."""

from absl import flags

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.gans import SPADE
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.training.builders.options import given
from keras_semsynth.training.builders.options import patch_objective

flags.DEFINE_integer(
    "discriminator_scales",
    2,
    "Patch discriminators, each at half the resolution of the one before "
    "(--discriminator=multiscale).",
    lower_bound=1,
)
flags.DEFINE_integer(
    "discriminator_layers",
    4,
    "Layers of a patch discriminator before its score "
    "(--discriminator=multiscale).",
    lower_bound=1,
)
flags.DEFINE_boolean(
    "random_input",
    False,
    "Start the SPADE generator from a random vector of --style_dim numbers "
    "instead of the label map.",
)
flags.DEFINE_enum(
    "conditioning",
    "spade",
    ["spade", "concat"],
    "How the blocks of the SPADE generator read the label map.",
)


def generator(values, image_size, **layout):
    vector = values.use_style or values.random_input
    return SPADEGenerator(
        image_size=image_size,
        upsampling=values.upsampling,
        style_dim=values.style_dim if vector else None,
        conditioning=values.conditioning,
        kernel_size=values.modulation_kernel_size,
        **given(
            filters=values.generator_filters,
            hidden_filters=values.modulation_filters,
            normalization=values.normalization,
        ),
        **layout,
    )


def discriminator(values, **layout):
    return MultiScalePatchDiscriminator(
        num_scales=values.discriminator_scales,
        num_layers=values.discriminator_layers,
        **given(
            filters=values.discriminator_filters,
            initializer=values.discriminator_initializer,
        ),
        **layout,
    )


GENERATORS = {"spade": generator}
DISCRIMINATORS = {"multiscale": discriminator}
OBJECTIVES = {"spade": patch_objective(SPADE)}
MODEL = {
    "generator": "spade",
    "discriminator": "multiscale",
    "objective": "spade",
}
