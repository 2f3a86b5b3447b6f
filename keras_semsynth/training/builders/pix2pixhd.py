"""pix2pixHD from flags."""

from absl import flags

from keras_semsynth.gans import Pix2PixHD
from keras_semsynth.generators import ConditionedPix2PixHDGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.training.builders.options import given
from keras_semsynth.training.builders.options import patch_objective

flags.DEFINE_integer(
    "num_downsamplings",
    4,
    "Down- and up-sampling stages of the pix2pixHD generator; sides must be "
    "multiples of 2 to this power.",
    lower_bound=1,
)
flags.DEFINE_integer(
    "num_blocks",
    9,
    "Residual blocks of the pix2pixHD generator.",
    lower_bound=1,
)
flags.DEFINE_enum(
    "pix2pixhd_conditioning",
    "input",
    ["input", "spade", "concat"],
    "Where pix2pixHD reads the label map: as its input, also in SPADE layers "
    "in place of all normalizations, or also concatenated in its blocks.",
)


def generator(values, image_size, **layout):
    network = Pix2PixHDGenerator
    if values.pix2pixhd_conditioning != "input":
        network = ConditionedPix2PixHDGenerator
        layout["conditioning"] = values.pix2pixhd_conditioning
    return network(
        image_size=image_size,
        num_downsamplings=values.num_downsamplings,
        num_blocks=values.num_blocks,
        **given(
            filters=values.generator_filters,
            normalization=values.normalization,
        ),
        **layout,
    )


GENERATORS = {"pix2pixhd": generator}
OBJECTIVES = {"pix2pixhd": patch_objective(Pix2PixHD)}
MODEL = {
    "generator": "pix2pixhd",
    "discriminator": "multiscale",
    "objective": "pix2pixhd",
}
