"""Flags that choose and prepare the data.

Never imported by `import keras_semsynth`: absl flags are global to a process.
"""

import inspect
import logging
import re

from absl import flags

from keras_semsynth.data.describe import DATASETS
from keras_semsynth.data.describe import describe
from keras_semsynth.data.load import make_preprocessing
from keras_semsynth.data.preprocessing import MODES
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.semantic_dataset import SemanticDataset

NAME = __name__

flags.DEFINE_enum(
    "dataset",
    "landscapes",
    list(DATASETS),
    "What to train on. 'landscapes' is made on the fly; 'folder' is your own "
    "pairs of photographs and label maps; the others need --data_dir.",
)
flags.DEFINE_string("data_dir", None, "Root folder of a known dataset.")
flags.DEFINE_string("image_dir", None, "Folder of training photographs.")
flags.DEFINE_string(
    "label_dir",
    None,
    "Folder of training label maps (indexed, grey or RGB PNG), paired with "
    "the photographs by file stem.",
)
flags.DEFINE_string("instance_dir", None, "Folder of training instance maps.")
flags.DEFINE_string("val_image_dir", None, "Folder of validation photographs.")
flags.DEFINE_string("val_label_dir", None, "Folder of validation label maps.")
flags.DEFINE_string(
    "val_instance_dir", None, "Folder of validation instance maps."
)
flags.DEFINE_integer(
    "num_classes",
    None,
    "Number of classes of --dataset=folder, the ignored one not counted: ids "
    "0 to num_classes - 1.",
    lower_bound=1,
    upper_bound=65535,
)
flags.DEFINE_integer(
    "ignore_label",
    None,
    "Id in the label files of --dataset=folder that means 'not labelled'; it "
    "becomes an extra class. For RGB label maps: its line in --palette, from "
    "0. Unset: any id beyond --num_classes is an error.",
    lower_bound=0,
    upper_bound=65535,
)
flags.DEFINE_string(
    "palette",
    None,
    "Colours of RGB label maps of --dataset=folder: a text file with lines "
    "'red green blue name' in the order of the ids, a JSON file, or 'detect'.",
)
flags.DEFINE_string(
    "class_names",
    None,
    "Names of the classes of --dataset=folder: comma-separated, or a text file "
    "with one a line.",
)
flags.DEFINE_enum(
    "use_edge_map",
    "auto",
    ["auto", "true", "false"],
    "Feed edges between instances to the network. 'auto': where the dataset "
    "has instance maps.",
)
flags.DEFINE_string(
    "image_size",
    None,
    "HEIGHTxWIDTH of the images to generate, in pixels, e.g. 256x512. Default: "
    "that of the dataset's paper; 64x64 for landscapes.",
)
flags.DEFINE_string(
    "load_size",
    None,
    "Size to which files are resized before the crop to --image_size, in "
    "pixels: HEIGHTxWIDTH, or one number. Default: 286/256 of --image_size.",
)
flags.DEFINE_enum(
    "preprocess_mode",
    None,
    list(MODES),
    "How files become images of --image_size. Default: 'resize_and_crop'; "
    "'fixed' for cityscapes and landscapes.",
)
flags.DEFINE_boolean("flip", True, "Mirror half of the training samples.")
flags.DEFINE_boolean(
    "legacy_shortside",
    False,
    "Distort images in the scale_shortside modes as the official code does.",
)
flags.DEFINE_integer(
    "max_dataset_size",
    None,
    "Use the first samples only. For landscapes: how many to make (default "
    "2000 for training, 200 for validation, at most this many for the latter).",
    lower_bound=1,
)
flags.DEFINE_boolean(
    "ade_label_shift",
    False,
    "ADE20K only: map raw 0 to class 150 and raw k to class k - 1. Released "
    "SPADE weights need the default.",
)
flags.DEFINE_string(
    "file_list",
    None,
    "ADE20K only: text file with the names of the images to use, one a line.",
)
flags.DEFINE_boolean(
    "portraits", True, "COCO-Stuff only: train on the *_portrait folders too."
)
flags.DEFINE_boolean(
    "random_references",
    False,
    "Unpaired photographs only: draw the reference of a source image anew each "
    "time, instead of fixed pairs.",
)
flags.DEFINE_enum(
    "pairing",
    "stem",
    ["stem", "position"],
    "Pair files by name, or by their position in the sorted lists, unchecked.",
)
flags.DEFINE_enum(
    "cache",
    "auto",
    ["auto", "on", "off"],
    "Keep decoded samples in memory. 'auto': if they need less than 1 GiB.",
)


def parse_size(text: str) -> tuple[int, int]:
    """Parses `"256x512"` (height x width) or `"256"`."""
    match = re.fullmatch(r"([1-9]\d{0,4})(?:[xX]([1-9]\d{0,4}))?", text.strip())
    if not match:
        raise ValueError(
            f"A size must read HEIGHTxWIDTH, e.g. 256x512. Received: {text!r}."
        )
    height, width = match.groups()
    return int(height), int(width or height)


def _is_size(text):
    if text is None:
        return True
    try:
        parse_size(text)
    except ValueError:
        return False
    return True


for _name in ("image_size", "load_size"):
    flags.register_validator(
        _name, _is_size, "It must read HEIGHTxWIDTH in pixels, e.g. 256x512."
    )


def image_size_from_flags(values) -> tuple[int, int] | None:
    """Size of the images to generate, `(height, width)`.

    Args:
        values: Parsed flags.

    Returns:
        Tuple of ints, or `None` if the preprocessing mode lets it vary.
    """
    return preprocessing_from_flags(values, training=True).image_size


def dataset_from_flags(values, split: str) -> SemanticDataset | None:
    """Describes the dataset that the flags choose.

    Args:
        values: Parsed flags.
        split: str, `"train"` or `"val"`.

    Returns:
        `SemanticDataset`, or `None` for the validation split of a folder
        dataset without `--val_image_dir` and `--val_label_dir`.
    """
    name = values.dataset
    if (
        name == "folder"
        and split != "train"
        and values.val_image_dir is None
        and values.val_label_dir is None
    ):
        return None
    known = inspect.signature(DATASETS[name]).parameters
    if name == "ade20k_outdoor":
        known = {**inspect.signature(DATASETS["ade20k"]).parameters, **known}
    options = {
        flag: values[flag].value
        for flag in _OPTIONS
        if flag in known and flag != "use_edge_map"
    }
    for flag in (*_OPTIONS, "data_dir"):
        parameter = "root" if flag == "data_dir" else flag
        if parameter not in known and flag not in _ALWAYS:
            if values[flag].value != values[flag].default:
                logging.warning(
                    "--%s has no effect with --dataset=%s.", flag, name
                )
    if "use_edge_map" in known and values.use_edge_map != "auto":
        options["use_edge_map"] = values.use_edge_map == "true"
    if name == "landscapes":
        options["image_size"] = image_size_from_flags(values) or (64, 64)
        count = values.max_dataset_size
        if count is not None:
            options["count"] = count if split == "train" else min(count, 200)
    root = values.data_dir if "root" in known else None
    return describe(name, root, split, **options)


def preprocessing_from_flags(
    values, training: bool, unknown_class: int | None = None
) -> Preprocessing:
    """Makes the preprocessing that the flags choose.

    Args:
        values: Parsed flags.
        training: bool. Otherwise nothing is cut off or mirrored.
        unknown_class: int or `None`. Of the dataset, see `Preprocessing`.
            Defaults to `None`.

    Returns:
        `Preprocessing`.
    """
    image_size = load_size = None
    if values.image_size is not None:
        image_size = parse_size(values.image_size)
    if values.load_size is not None:
        load_size = parse_size(values.load_size)
    return make_preprocessing(
        values.dataset,
        training,
        image_size,
        load_size,
        values.preprocess_mode,
        values.flip,
        values.legacy_shortside,
        unknown_class,
    )


_OPTIONS = (
    "image_dir",
    "label_dir",
    "instance_dir",
    "val_image_dir",
    "val_label_dir",
    "val_instance_dir",
    "num_classes",
    "ignore_label",
    "palette",
    "class_names",
    "use_edge_map",
    "max_dataset_size",
    "ade_label_shift",
    "file_list",
    "portraits",
    "random_references",
    "pairing",
)
# For landscapes these mean something, or do no harm.
_ALWAYS = ("max_dataset_size", "pairing", "use_edge_map")
