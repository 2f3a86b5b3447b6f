"""Two sets of photographs that do not correspond, such as two seasons."""

import os

from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.pairing import phase_of
from keras_semsynth.data.unpaired_dataset import UnpairedDataset
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    random_references: bool = False,
    max_dataset_size: int | None = None,
) -> UnpairedDataset:
    """Finds two folders of photographs for translation from A to B.

    Args:
        data_dir: str. Root folder: holds `trainA`, `trainB`, `testA` and
            `testB`.
        split: str. Others than `"train"` are the test split. Defaults to
            `"train"`.
        random_references: bool. Draw the reference of a source image anew
            each time in training, instead of fixed pairs. Defaults to
            `False`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.

    Returns:
        `UnpairedDataset`.
    """
    phase = phase_of(split, held_out="test")
    folders = [os.path.join(data_dir, f"{phase}{side}") for side in "AB"]
    lists = [list_images(folder) for folder in folders]
    for folder, paths in zip(folders, lists, strict=True):
        if not paths:
            raise ValueError(
                f"The folder {folder} holds no images{say_skipped(folder)}."
            )
    return UnpairedDataset(
        phase_of(split), *lists, random_references, max_dataset_size
    )


UNPAIRED = Dataset(
    "unpaired",
    find,
    source="Any two folders of photographs serve; summer2winter_yosemite is "
    "at https://efrosgans.eecs.berkeley.edu/cyclegan/datasets.",
    image_size=(256, 256),
    metrics=("fid", "is"),
    paired=False,
)
