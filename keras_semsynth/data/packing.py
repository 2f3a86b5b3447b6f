"""Stores the samples of a dataset at the size of training."""

import dataclasses
import os
import pathlib
from collections.abc import Callable
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from keras_semsynth.data.pack_description import FILE_NAME
from keras_semsynth.data.pack_description import PackDescription
from keras_semsynth.data.pack_description import PackFile
from keras_semsynth.data.pack_description import preprocessing_arguments
from keras_semsynth.data.packed_dataset import PackedDataset
from keras_semsynth.data.packed_samples import encode_sample
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.data.validation import check_crop
from keras_semsynth.data.validation import check_fit
from keras_semsynth.data.validation import check_held_out
from keras_semsynth.files import atomic
from keras_semsynth.files.outputs import require_folder
from keras_semsynth.files.record_file import RecordWriter
from keras_semsynth.files.record_file import require_array_record

# Encoded samples that may wait for the disk, for each thread.
_WAITING = 4


@dataclasses.dataclass(frozen=True)
class Pack:
    """What was packed.

    Args:
        folder: str. Folder of the pack.
        description: `PackDescription` of it.
    """

    folder: str
    description: PackDescription

    @property
    def bytes(self) -> int:
        """Length of its files of records together."""
        return sum(file.bytes for file in self.description.files)


def write_pack(
    output: str | os.PathLike,
    train: SemanticDataset,
    held_out: SemanticDataset | None,
    training: Preprocessing,
    shown: Preprocessing,
    arguments: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Pack:
    """Resizes all samples and stores them, for training that only decodes.

    Training samples are resized as training asks, held-out samples as
    evaluation does. Where there are no held-out samples, training shows its
    progress on training samples, which are stored resized both ways then.
    Crops and flips are drawn in training: batches are those of the data that
    were packed.

    Args:
        output: Path of the folder to write, which must not exist.
        train: `SemanticDataset` of the training split.
        held_out: `SemanticDataset` of the validation split, or `None`.
        training: `Preprocessing` of training.
        shown: `Preprocessing` of evaluation.
        arguments: Mapping of the arguments that opened the data, to be
            written down. Defaults to none.
        progress: Function `(done, total)`, called after every sample.
            Defaults to `None`.

    Returns:
        `Pack`.

    Raises:
        ValueError: If `output` exists, or a sample cannot be used.
        ImportError: If the package that writes records is not installed.
        DiskFullError: If the disk filled up; nothing is left behind.
    """
    output = pathlib.Path(output)
    if os.path.lexists(output):
        raise ValueError(
            f"`output={output}` exists already: choose another folder."
        )
    require_folder(output)
    require_array_record()
    if not train.paired:
        raise ValueError(
            f"Dataset {train.name!r} holds photographs without label maps, "
            "which are not packed: train on its files."
        )
    if isinstance(train, PackedDataset):
        raise ValueError(
            "Dataset 'packed' is packed already: give the dataset from which "
            "it was made."
        )
    if held_out is not None:
        check_held_out(held_out, train)
    splits: list[tuple[SemanticDataset, list[Preprocessing]]]
    splits = [(train, [training])]
    if held_out is not None:
        splits.append((held_out, [shown]))
    elif shown.resizing != training.resizing:
        splits[0][1].append(shown)
    for _, geometries in splits:
        for geometry in geometries:
            check_crop(geometry)
    total = sum(len(dataset) for dataset, _ in splits)
    output.parent.mkdir(parents=True, exist_ok=True)
    atomic.remove_leftovers(output.parent)
    files, done = [], 0
    with atomic.atomic_path(output) as folder:
        folder.mkdir()
        for dataset, geometries in splits:
            for _ in _write_split(folder, dataset, geometries):
                done += 1
                if progress is not None:
                    progress(done, total)
            files += _describe(folder, dataset, geometries)
        description = PackDescription(
            train.name,
            dict(arguments or {}),
            train.classes,
            preprocessing_arguments(training),
            tuple(files),
        )
        # The last file: a folder without it is no pack.
        atomic.write_json(folder / FILE_NAME, description.to_json())
    return Pack(str(output), description)


def _write_split(folder, dataset, geometries):
    """Writes the files of a split, and yields after each sample."""

    def encode(index):
        return [
            encode_sample(sample)
            for sample in _resized(dataset, index, geometries)
        ]

    writers = [
        RecordWriter(folder / _file_name(dataset, number))
        for number in range(len(geometries))
    ]
    workers = os.cpu_count() or 1
    step = workers * _WAITING
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(dataset), step):
            indices = range(start, min(start + step, len(dataset)))
            for records in pool.map(encode, indices):
                for writer, record in zip(writers, records, strict=True):
                    writer.write(record)
                yield
    for writer in writers:
        writer.close()


def _resized(dataset, index, geometries):
    """The sample for each preprocessing; its files are decoded once."""
    sample = dataset.read(index)
    samples = [geometry.resize(sample) for geometry in geometries]
    for sample, geometry in zip(samples, geometries, strict=True):
        shape = sample.label_map.shape
        check_fit(shape, sample.name, geometry, dataset.unknown_class)
    return samples


def _describe(folder, dataset, geometries):
    for number, geometry in enumerate(geometries):
        name = _file_name(dataset, number)
        yield PackFile(
            name,
            dataset.split,
            geometry.resizing,
            dataset.use_edge_map,
            len(dataset),
            (folder / name).stat().st_size,
        )


def _file_name(dataset, number):
    shown = "_shown" * number
    return f"{dataset.split}{shown}.array_record"
