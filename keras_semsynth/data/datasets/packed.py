"""Any dataset that `semsynth pack` has resized and stored as records."""

import dataclasses
import os
import pathlib

from keras_semsynth.data.datasets.dataset import Dataset
from keras_semsynth.data.pack_description import read_description
from keras_semsynth.data.packed_dataset import PackedDataset
from keras_semsynth.data.pairing import phase_of


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    use_edge_map: bool | None = None,
    max_dataset_size: int | None = None,
) -> PackedDataset | None:
    """Finds the records of a pack.

    Args:
        data_dir: str. Folder that semsynth pack has written.
        split: str. Defaults to `"train"`.
        use_edge_map: bool or `None`. Feed edges between instances to the
            network. Unset: if there are instance maps. Defaults to `None`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.

    Returns:
        `PackedDataset`, or `None` for a split that was not packed.

    Raises:
        ValueError: If it is no pack, it is damaged, or it lacks instance maps.
    """
    phase = phase_of(split)
    description = read_description(data_dir)
    files = [file for file in description.files if file.split == phase]
    if not files:
        return None
    for file in files:
        _check_file(data_dir, file)
    if use_edge_map and not files[0].use_edge_map:
        raise ValueError(
            f"The pack `data_dir={data_dir}` holds no instance maps of the "
            f"{phase} split: pass `use_edge_map=false`, or pack data that "
            "have them."
        )
    if max_dataset_size is not None and max_dataset_size < 1:
        raise ValueError(
            "`max_dataset_size` must be at least 1. Received: "
            f"max_dataset_size={max_dataset_size}."
        )
    edges = files[0].use_edge_map if use_edge_map is None else use_edge_map
    return PackedDataset(
        description.dataset,
        description.classes,
        data_dir,
        files,
        edges,
        max_dataset_size,
    )


def _check_file(folder, file):
    path = pathlib.Path(folder) / file.name
    if path.name != file.name or not path.is_file():
        raise ValueError(
            f"The pack `data_dir={folder}` lacks its file {file.name}: "
            "restore it from a copy, or pack the data anew."
        )
    length = path.stat().st_size
    if length != file.bytes:
        raise ValueError(
            f"{path} is damaged: it has {length} bytes, but had {file.bytes} "
            "when it was written; restore it from a copy, or pack the data "
            "anew."
        )


def _of_files(arguments):
    """The dataset that was packed, with the preprocessing that was applied."""
    from keras_semsynth.data.datasets import DATASETS

    folder = arguments.get("data_dir")
    if folder is None:
        raise ValueError(
            "Dataset 'packed' needs `data_dir=FOLDER`, its root folder."
        )
    description = read_description(folder)
    known = DATASETS.get(description.dataset, PACKED)
    if known is not PACKED:
        known = known.variant(description.arguments)
    return dataclasses.replace(
        known,
        name=description.dataset,
        find=find,
        classes=description.classes,
        use_edge_map=any(file.use_edge_map for file in description.files),
        preprocessing=description.preprocessing,
    )


PACKED = Dataset(
    "packed",
    find,
    source="A pack is made of another dataset by semsynth pack.",
    of_files=_of_files,
)
