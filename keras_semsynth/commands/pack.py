"""Stores a dataset at the size of training, so that training reads it faster.

    semsynth pack --dataset=cityscapes --data_dir=cityscapes \\
        --output=packs/cityscapes
    semsynth train --dataset=packed --data_dir=packs/cityscapes ...

Reads every sample of both splits once, resizes it as --preprocess_mode,
--image_size and --load_size say and stores photograph, label map and instance
map without loss. Crops and flips are drawn in training, so that the batches are
those of the files. All flags of training are understood, so that a flag file of
training can be given. The folder appears when it is complete. It needs
pip install "keras_semsynth[pack]".
"""

import os
import sys

from keras_semsynth.commands.command import PARTS
from keras_semsynth.commands.command import Command
from keras_semsynth.data import Pack
from keras_semsynth.data import write_pack
from keras_semsynth.data.doubts import find_doubts
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import preprocessing
from keras_semsynth.files import ProgressLine
from keras_semsynth.files.listing import count_of


def pack(experiment: Experiment, output: str | os.PathLike) -> Pack:
    """Packs the data of an experiment.

    Args:
        experiment: `Experiment`.
        output: str. Folder to write; it must not exist.

    Returns:
        `Pack`.

    Raises:
        ValueError: If it exists, or the data cannot be used.
        DiskFullError: If the disk filled up; nothing is left behind.
    """
    train = open_dataset(experiment, "train")
    for doubt in find_doubts(experiment.data.arguments, train):
        print(f"Note: {doubt}")
    line = ProgressLine("Packing", unit="samples", stream=sys.stderr)

    def progress(done, total):
        line.total = total
        line.update(done)

    unknown = train.unknown_class
    return write_pack(
        output,
        train,
        open_dataset(experiment, "val"),
        preprocessing(experiment, True, unknown),
        preprocessing(experiment, False, unknown),
        experiment.data.arguments,
        progress,
    )


def _tell(result: Pack) -> None:
    for file in result.description.files:
        maps = " with instance maps" * file.use_edge_map
        print(
            f"{file.name}: {count_of(file.samples, 'sample')}{maps}, resized "
            f"{file.resized}, {file.bytes / 2**20:.1f} MiB"
        )
    print(f"Train with --dataset=packed --data_dir={result.folder}")


main = Command(
    pack,
    __doc__,
    parts=PARTS,
    short=(
        "dataset",
        "data_dir",
        "image_dir",
        "label_dir",
        "num_classes",
        "ignore_label",
        "image_size",
        "load_size",
        "preprocess_mode",
        "output",
    ),
    finish=_tell,
    interrupted="Interrupted; nothing was left behind.",
)
