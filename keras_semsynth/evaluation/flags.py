"""Flags of evaluate.py.

The flags that choose the dataset are those of training (`data.flags`); for a
run directory they default to those it was trained with.
"""

from absl import flags

from keras_semsynth.commands.command_line import copy_flags
from keras_semsynth.data import flags as data_flags
from keras_semsynth.evaluation.protocols import PROTOCOLS

MODULE = "keras_semsynth.evaluation.flags"
METRIC_NAMES = ("fid", "fd", "miou", "lpips", "is", "crops")


def define_flags(flag_values):
    """Defines the flags of evaluate.py, those of the data included.

    Args:
        flag_values: `flags.FlagValues`.
    """
    copy_flags(data_flags.NAME, flag_values)
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string(
        "run",
        None,
        "What to score: a run directory of train.py, a generator.keras, or a "
        "SavedModel folder. Or give --generated.",
        **shared,
    )
    flags.DEFINE_string(
        "generated",
        None,
        "Folder of images made by any program, to be scored against --real "
        "(and --labels); files are paired by name.",
        **shared,
    )
    flags.DEFINE_string(
        "real", None, "With --generated: folder of real images.", **shared
    )
    flags.DEFINE_string(
        "labels",
        None,
        "With --generated: folder of label maps, for mIoU. Their values are "
        "read as --dataset says.",
        **shared,
    )
    flags.DEFINE_string(
        "instances",
        None,
        "With --generated: folder of instance maps, for crops.",
        **shared,
    )
    flags.DEFINE_enum(
        "protocol",
        "default",
        list(PROTOCOLS),
        "Whose ruler: networks, resizing, quantisation, label handling, "
        "averaging and precision of that paper. docs/evaluation.md has the "
        "table.",
        **shared,
    )
    flags.DEFINE_string(
        "metrics",
        "auto",
        "Comma-separated: fid, fd (Frechet distance in the features of "
        "--scorer), miou, lpips, is (Inception Score), crops (FID of object "
        "crops). 'auto': what papers print for the dataset; fd and miou with "
        "--scorer.",
        **shared,
    )
    flags.DEFINE_string(
        "scorer",
        None,
        "Segmentation network of train_scorer (.keras), for miou and fd. "
        "Default: the network of the papers for a known dataset, the one in "
        "the package for landscapes.",
        **shared,
    )
    flags.DEFINE_string(
        "weights_dir",
        None,
        "Folder of the public weight files. Default: the environment variable "
        "SEMSYNTH_WEIGHTS.",
        **shared,
    )
    flags.DEFINE_string(
        "evaluation_dir",
        None,
        "Folder for report.json, report.md, index.html and samples.png. "
        "Default: evaluation/PROTOCOL in the run directory.",
        **shared,
    )
    flags.DEFINE_boolean(
        "overwrite",
        False,
        "Replace an earlier report in that folder.",
        **shared,
    )
    flags.DEFINE_string(
        "statistics_dir",
        None,
        "Folder that keeps statistics of real images between calls, or 'off'. "
        "Default: keras_semsynth in the cache folder of your account.",
        **shared,
    )
    flags.DEFINE_integer(
        "batch_size",
        8,
        "Images generated and scored at a time.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "max_images",
        None,
        "Score the first images only, for a quick look.",
        lower_bound=2,
        **shared,
    )
    flags.DEFINE_integer(
        "noise_seeds",
        1,
        "Passes over the dataset, each with new noise; more than one adds "
        "mean and deviation (DP-GAN, table 3).",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "noise_seed",
        None,
        "Seed of the noise of the first pass. Default: the protocol's.",
        lower_bound=0,
        **shared,
    )
    flags.DEFINE_list(
        "resolutions",
        [],
        "Comma-separated factors such as 0.5,1,2: also the FID (or fd) of "
        "images generated at these multiples of the size (DP-GAN, supplement, "
        "table 2).",
        **shared,
    )
    flags.DEFINE_list(
        "references",
        ["real", "shuffled"],
        "What else the segmentation network scores, to read mIoU against: "
        "'real' (the real images, an upper end), 'shuffled' (each image "
        "against the layout of another, a lower end), or 'none'.",
        **shared,
    )
    flags.DEFINE_enum(
        "fid_inception",
        None,
        ["tf2015", "torchvision"],
        "Network of FID. Default: the protocol's.",
        **shared,
    )
    flags.DEFINE_enum(
        "fid_resize",
        None,
        ["torch", "tf1", "clean"],
        "How images become 299x299. Default: the protocol's.",
        **shared,
    )
    flags.DEFINE_enum(
        "fid_precision",
        None,
        ["float64", "float32_oasis"],
        "Arithmetic of FID. Default: the protocol's.",
        **shared,
    )
    flags.DEFINE_enum(
        "quantization",
        None,
        ["truncate", "nearest", "float"],
        "How generated images become 8-bit before scoring. Default: the "
        "protocol's.",
        **shared,
    )
    flags.DEFINE_list(
        "seg_sizes",
        None,
        "Comma-separated short sides of UperNet101's input, pixels. Default: "
        "the protocol's.",
        **shared,
    )
    flags.DEFINE_string(
        "seg_input_size",
        None,
        "HEIGHTxWIDTH to which images are resized for the segmentation "
        "network, pixels. Default: the generated size.",
        **shared,
    )
    flags.DEFINE_boolean(
        "seg_multi_scale",
        None,
        "Six scales for DRN-D-105. Default: the protocol's.",
        **shared,
    )
    flags.DEFINE_enum(
        "lpips",
        None,
        ["alex", "vgg"],
        "Backbone of LPIPS. Default: the protocol's.",
        **shared,
    )
    flags.DEFINE_integer(
        "min_object_area",
        None,
        "Least area of an object crop, pixels. Default: the one that brings "
        "the Cityscapes counts nearest to DP-GAN's.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "page_samples",
        2,
        "Worst and best samples of each class on the picture page.",
        lower_bound=0,
        **shared,
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the traceback of an error.", **shared
    )
