"""DP-GAN from flags; those of OASIS are its flags too."""

from absl import flags

from keras_semsynth.discriminators import DPGANDiscriminator
from keras_semsynth.gans import DPGAN
from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.losses.squared_feature_matching import REDUCTIONS
from keras_semsynth.training.builders.oasis import noise_options
from keras_semsynth.training.builders.oasis import objective_options
from keras_semsynth.training.builders.oasis import unet_options
from keras_semsynth.training.builders.options import given

_NORMALIZATIONS = ["batch", "sync_batch", "instance", "none"]

flags.DEFINE_integer(
    "pyramid_filters",
    64,
    "Width of the pyramid of label embeddings (--generator=dpgan).",
    lower_bound=2,
)
flags.DEFINE_boolean(
    "pyramid_concatenate",
    True,
    "Condition every block on the coarsest embedding too (--generator=dpgan).",
)
flags.DEFINE_enum(
    "pyramid_normalization",
    "batch",
    _NORMALIZATIONS,
    "Normalization in that pyramid.",
)
flags.DEFINE_integer(
    "patch_filters",
    64,
    "Width of the patch heads (--discriminator=dpgan).",
    lower_bound=1,
)
flags.DEFINE_string(
    "patch_taps",
    "encoder",
    "Blocks that have a patch head (--discriminator=dpgan): 'encoder', "
    "'decoder', 'none', or names such as down_3,up_1.",
)
flags.DEFINE_string(
    "feature_taps",
    "decoder",
    "Blocks whose features are matched (--discriminator=dpgan): 'encoder', "
    "'decoder', 'none', or names such as down_3,up_1.",
)
flags.DEFINE_enum(
    "patch_normalization",
    "batch",
    _NORMALIZATIONS,
    "Normalization in the patch heads.",
)
flags.DEFINE_float(
    "patch_weight",
    1.0,
    "Weight of the patch scores (--objective=dpgan); 0 switches them off.",
    lower_bound=0,
)
flags.DEFINE_boolean(
    "patch_gradient",
    True,
    "Let the patch scores train the networks, as DP-GAN's paper says; its code "
    "does not (--objective=dpgan).",
)
flags.DEFINE_enum(
    "feature_reduction",
    "sum",
    list(REDUCTIONS),
    "Over the matched features: sum as in DP-GAN's code, or mean as in its "
    "paper (--objective=dpgan).",
)


def generator(values, image_size, **layout):
    return DPGANGenerator(
        image_size=image_size,
        pyramid_filters=values.pyramid_filters,
        pyramid_normalization=values.pyramid_normalization,
        concatenate=values.pyramid_concatenate,
        **noise_options(values, **layout),
    )


def discriminator(values, num_classes, use_edge_map):
    return DPGANDiscriminator(
        num_classes,
        patch_filters=values.patch_filters,
        patch_taps=_taps(values.patch_taps),
        feature_taps=_taps(values.feature_taps),
        patch_normalization=values.patch_normalization,
        **unet_options(values),
    )


def _taps(text):
    if text in ("encoder", "decoder"):
        return text
    if text == "none":
        return ()
    return tuple(name.strip() for name in text.split(","))


def objective(values, generator, discriminator, unknown_class=None, **options):
    return DPGAN(
        generator,
        discriminator,
        patch_weight=values.patch_weight,
        patch_gradient=values.patch_gradient,
        feature_reduction=values.feature_reduction,
        **given(feature_weight=values.feature_matching_weight),
        **objective_options(values, unknown_class),
        **options,
    )


GENERATORS = {"dpgan": generator}
DISCRIMINATORS = {"dpgan": discriminator}
OBJECTIVES = {"dpgan": objective}
MODEL = {
    "generator": "dpgan",
    "discriminator": "dpgan",
    "objective": "dpgan",
}
