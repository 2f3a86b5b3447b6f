"""OASIS from flags."""

from absl import flags

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.gans import OASIS
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.training.builders.options import given

flags.DEFINE_integer(
    "noise_dim",
    64,
    "Channels of the noise that is fed beside the labels (--generator=oasis "
    "and those that build on it); 0 for a generator without noise.",
    lower_bound=0,
)
flags.DEFINE_integer(
    "unet_depth",
    6,
    "Halvings in a U-Net discriminator; sides must be multiples of 2 to this "
    "power.",
    lower_bound=1,
)
flags.DEFINE_float(
    "label_mix_weight",
    10.0,
    "Weight of LabelMix, which needs a U-Net discriminator; 0 switches it off.",
    lower_bound=0,
)
flags.DEFINE_integer(
    "ignore_class",
    None,
    "Class of unknown pixels, to which the cross entropy of a U-Net "
    "discriminator gives no weight. Default: the dataset's, if it has one.",
    lower_bound=0,
)
flags.DEFINE_boolean(
    "class_balance",
    True,
    "Weigh classes by their inverse frequency in the batch "
    "(with a U-Net discriminator).",
)
flags.DEFINE_boolean(
    "reference_label_mix",
    False,
    "Mix as the official code does, where class 0 sometimes shares the coin of "
    "class 1 (with a U-Net discriminator).",
)


def generator(values, image_size, **layout):
    return OASISGenerator(
        image_size=image_size,
        **noise_options(values, **layout),
        **given(hidden_filters=values.modulation_filters),
    )


def noise_options(values, num_classes, use_edge_map):
    """Returns what this generator and those that build on it share."""
    if use_edge_map:
        raise UsageError(
            "This --generator reads no instance edges: pass "
            "--use_edge_map=false, or choose another --generator."
        )
    return {
        "num_classes": num_classes,
        "noise_dim": values.noise_dim or None,
        "kernel_size": values.modulation_kernel_size,
        **given(
            filters=values.generator_filters,
            normalization=values.normalization,
        ),
    }


def discriminator(values, num_classes, use_edge_map):
    return OASISDiscriminator(num_classes, **unet_options(values))


def unet_options(values):
    """Returns the widths of a U-Net: doubled after every second block."""
    width = values.discriminator_filters or 128
    return {
        "encoder_filters": tuple(
            width * min(4, 2 ** (i // 2)) for i in range(values.unet_depth)
        ),
        "last_filters": max(1, width // 2),
    }


def objective(values, generator, discriminator, unknown_class=None, **options):
    return OASIS(
        generator,
        discriminator,
        **objective_options(values, unknown_class),
        **options,
    )


def objective_options(values, unknown_class):
    """Returns what this objective and those that build on it share."""
    ignored = values.ignore_class
    return {
        "label_mix_weight": values.label_mix_weight,
        "ignore_label": unknown_class if ignored is None else ignored,
        "balance": values.class_balance,
        "reference_label_mix": values.reference_label_mix,
    }


GENERATORS = {"oasis": generator}
DISCRIMINATORS = {"oasis": discriminator}
OBJECTIVES = {"oasis": objective}
MODEL = {
    "generator": "oasis",
    "discriminator": "oasis",
    "objective": "oasis",
}
