"""Flags of the model, its objective and its training.

Never imported by `import keras_semsynth`: absl flags are global to a process.
"""

from absl import flags

from keras_semsynth.family import MODELS
from keras_semsynth.layers.initializers import INITIALIZERS
from keras_semsynth.training.builders.registry import KINDS
from keras_semsynth.training.builders.registry import builders
from keras_semsynth.training.strategy import PRECISIONS
from keras_semsynth.training.strategy import STRATEGIES

NAME = __name__


def _number(kind, name, default, help_text, **limits):
    define = {"integer": flags.DEFINE_integer, "float": flags.DEFINE_float}
    define[kind](name, default, help_text, **limits)


def _check(name, test, message):
    # An unset flag is always right: it means "the default of the model".
    flags.register_validator(
        name, lambda value: value is None or test(value), message
    )


# The model. -----------------------------------------------------------------
flags.DEFINE_enum(
    "model",
    "spade",
    MODELS,
    "Networks and objective of one paper; --generator, --discriminator and "
    "--objective replace parts of it. pix2pixhd is with "
    "--normalization=sync_batch its ++ variant.",
)
for _kind in KINDS:
    flags.DEFINE_enum(
        _kind,
        None,
        sorted(builders(_kind)),
        f"The {_kind}, if not that of --model. An objective goes with every "
        "discriminator that has the outputs it reads.",
    )
_number(
    "integer",
    "generator_filters",
    None,
    "Base width of the generator, in channels. Default: the paper's.",
    lower_bound=1,
)
_number(
    "integer",
    "discriminator_filters",
    None,
    "Width of the discriminator's first layer, in channels. Default: the "
    "paper's.",
    lower_bound=1,
)
flags.DEFINE_enum(
    "discriminator_initializer",
    None,
    INITIALIZERS,
    "How the kernels of discriminator and style encoder are drawn. Default: "
    "as those of the generator, xavier.",
)
flags.DEFINE_enum(
    "upsampling",
    "normal",
    ["normal", "more", "most"],
    "Up-sampling stages of the SPADE generator: the image is 32 (normal), 64 "
    "(more) or 128 (most) times as high as its first feature map; sides must "
    "be multiples of that number.",
)
flags.DEFINE_enum(
    "normalization",
    None,
    ["batch", "sync_batch", "instance"],
    "Normalization in the generator; sync_batch shares statistics between "
    "replicas. Default: the paper's.",
)
_number(
    "integer",
    "modulation_filters",
    None,
    "Hidden width of every SPADE layer, in channels. Default: 128.",
    lower_bound=1,
)
_number(
    "integer",
    "modulation_kernel_size",
    3,
    "Kernel size of every SPADE layer, in pixels, odd.",
    lower_bound=1,
)
_check(
    "modulation_kernel_size", lambda value: value % 2, "It must be odd, e.g. 3."
)
flags.DEFINE_boolean(
    "use_style",
    False,
    "Train a style encoder with the generator, so that a photograph sets the "
    "look.",
)
_number(
    "integer",
    "style_dim",
    256,
    "Numbers in a style code (with --use_style).",
    lower_bound=1,
)
_number(
    "integer",
    "encoder_filters",
    64,
    "Base width of the style encoder, in channels.",
    lower_bound=1,
)

# The objective. -------------------------------------------------------------
flags.DEFINE_enum(
    "adversarial",
    None,
    ["hinge", "least_squares", "original", "wasserstein"],
    "Adversarial loss. Default: that of the model.",
)
_number(
    "float",
    "feature_matching_weight",
    None,
    "Weight of discriminator feature matching; 0 switches it off. Default: "
    "the paper's.",
    lower_bound=0,
)
flags.DEFINE_string(
    "perceptual_weights",
    None,
    "File with the weights of VGG19 (torchvision's vgg19-dcbb9e9d.pth, or "
    "Keras' vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5) for the "
    "perceptual loss, or 'off' to train without it. Must be set: nothing is "
    "downloaded and nothing left out silently.",
)
_number(
    "float",
    "perceptual_weight",
    None,
    "Weight of the perceptual loss. Default: 10.",
    lower_bound=0,
)
_number(
    "float",
    "kl_weight",
    None,
    "Weight of the KL divergence of the style code (with --use_style). "
    "Default: 0.05.",
    lower_bound=0,
)

_number(
    "float",
    "semantic_vector_weight",
    None,
    "Weight of the image drawn from the semantic vectors (generator scgan). "
    "Default: that of the objective.",
    lower_bound=0,
)
flags.DEFINE_enum(
    "semantic_vector_loss",
    "l1",
    ["l1", "l2", "perceptual"],
    "Distance of that image to the photograph.",
)

# Optimization. --------------------------------------------------------------
_number(
    "integer",
    "batch_size",
    1,
    "Images a generator step sees, over all replicas together.",
    lower_bound=1,
)
_number(
    "integer",
    "epochs",
    50,
    "Epochs of the whole run. May be raised later to extend a run.",
    lower_bound=1,
)
_number(
    "integer",
    "decay_epochs",
    0,
    "The last so many of the epochs lower the learning rate linearly.",
    lower_bound=0,
)
_number(
    "integer",
    "steps_per_epoch",
    None,
    "Training steps in an epoch. Default: as many as the dataset has batches.",
    lower_bound=1,
)
_number(
    "float",
    "learning_rate",
    2e-4,
    "Base learning rate of both players.",
    lower_bound=0,
)
flags.DEFINE_boolean(
    "ttur",
    True,
    "Two time-scale update rule: half the rate for the generator, twice the "
    "rate for the discriminator, Adam with (0, beta_2 of the paper) instead of "
    "(0.5, 0.999).",
)
for _player in ("generator", "discriminator"):
    _number(
        "float",
        f"{_player}_lr",
        None,
        f"Learning rate of the {_player}. Default: from --learning_rate and "
        "--ttur.",
        lower_bound=0,
    )
for _index in (1, 2):
    _number(
        "float",
        f"beta_{_index}",
        None,
        f"Adam's beta_{_index}. Default: from --ttur.",
        lower_bound=0,
        upper_bound=1,
    )
_number(
    "integer",
    "discriminator_steps",
    1,
    "Discriminator steps for one generator step; a training step then takes "
    "so many batches.",
    lower_bound=1,
)
flags.DEFINE_boolean(
    "reuse_fake",
    False,
    "Train the discriminator on the images of the generator step instead of "
    "generating them again; faster, and slightly another algorithm.",
)
_number(
    "float",
    "ema_decay",
    None,
    "Decay per step of the averaged generator that is saved and sampled. "
    "Default: no average.",
    lower_bound=0,
)
flags.DEFINE_enum(
    "ema_statistics",
    "copy",
    ["copy", "average"],
    "Batch statistics and spectral vectors of the averaged generator: those "
    "of the generator, or averages too.",
)
_number(
    "integer",
    "ema_refresh",
    0,
    "Training batches on which the batch statistics of the averaged generator "
    "are estimated anew at every epoch end; 0 leaves them (OASIS: 51).",
    lower_bound=0,
)
_check("ema_decay", lambda value: value < 1, "It must be less than 1.")
_number(
    "integer",
    "gradient_accumulation",
    1,
    "Steps whose gradients are averaged for one update of the weights.",
    lower_bound=1,
)
_number(
    "float",
    "clip_norm",
    None,
    "Largest norm of each player's gradient. Default: no clipping.",
    lower_bound=0,
)
_check("clip_norm", lambda value: value > 0, "It must be greater than 0.")
_number("integer", "seed", 0, "Seed of weights, noise, data order and flips.")

# The machine. ---------------------------------------------------------------
flags.DEFINE_enum(
    "strategy",
    "none",
    STRATEGIES,
    "none: one device. mirrored: copies of the model on all GPUs, each with "
    "its part of the batch (TensorFlow backend).",
)
_number(
    "integer",
    "logical_devices",
    0,
    "Parts of the CPU that count as devices, to try --strategy=mirrored "
    "without GPUs; 0 for none.",
    lower_bound=0,
)
flags.DEFINE_enum("precision", "float32", PRECISIONS, "Numbers to compute in.")

# The run. -------------------------------------------------------------------
flags.DEFINE_string(
    "run_dir", None, "Folder of the run: checkpoints, logs, samples, result."
)
flags.DEFINE_enum(
    "resume",
    "auto",
    ["auto", "never", "must"],
    "auto: continue the run in --run_dir if there is one. never: refuse a "
    "folder that holds a run. must: refuse one that holds none.",
)
_number(
    "integer",
    "checkpoint_steps",
    0,
    "Steps between two checkpoints, besides those at epoch ends; 0 for none.",
    lower_bound=0,
)
_number(
    "float",
    "checkpoint_minutes",
    15.0,
    "Minutes between two checkpoints, besides those; 0 for none.",
    lower_bound=0,
)
_number(
    "integer",
    "keep_checkpoints",
    2,
    "Newest checkpoints that are kept.",
    lower_bound=1,
)
_number(
    "integer",
    "sample_steps",
    0,
    "Steps between two sample grids, besides those at epoch ends; 0 for none.",
    lower_bound=0,
)
_number(
    "integer",
    "sample_epochs",
    1,
    "Epochs between two sample grids.",
    lower_bound=1,
)
_number(
    "integer",
    "sample_count",
    8,
    "Held-out layouts in a sample grid.",
    lower_bound=1,
)
_number(
    "integer",
    "log_steps",
    50,
    "Steps between two rows of the logs, besides those at epoch ends; 0 for "
    "none.",
    lower_bound=0,
)
flags.DEFINE_boolean("tensorboard", True, "Write TensorBoard event files.")
_number(
    "float",
    "progress_seconds",
    30.0,
    "Seconds between two progress lines when the output is no terminal.",
    lower_bound=0,
)
flags.DEFINE_boolean(
    "debug", False, "Show the traceback of an error, not only its sentence."
)
