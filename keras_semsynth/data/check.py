"""Checks a dataset before training and recommends arguments."""

import inspect
import os
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.data_report import DataReport
from keras_semsynth.data.data_report import Split
from keras_semsynth.data.datasets import describe
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.file_dataset import DatasetError
from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.file_dataset import paths_of
from keras_semsynth.data.label_colors import reads_colors
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.load import make_preprocessing
from keras_semsynth.data.packed_dataset import PackedDataset
from keras_semsynth.data.recommendation import recommend
from keras_semsynth.data.validation import check_crop
from keras_semsynth.data.validation import check_held_out
from keras_semsynth.data.validation import validate
from keras_semsynth.files.outputs import require_file


def check_dataset(
    name: str,
    arguments: Mapping[str, Any] | None = None,
    show: int = 5,
    write_palette: str | os.PathLike | None = None,
    progress: Callable[[int, int], None] | None = None,
    overwrite: bool = False,
) -> DataReport:
    """Reads every file of a dataset once and reports what is wrong.

    The dataset is opened and its files are checked as by training: where the
    report does not fail, training starts.

    Args:
        name: str. The dataset, a key of `DATASETS`.
        arguments: Mapping of arguments of its `find` and of
            `make_preprocessing`. Defaults to none.
        show: int. Number of problems that the report lists, at least one of
            each kind. Defaults to `5`.
        write_palette: Path or `None`. File to write the colours to that were
            found in label maps. Defaults to `None`.
        progress: Function `(done, total)`, called after every sample.
            Defaults to `None`.
        overwrite: bool. Whether `write_palette` may replace a file. Defaults
            to `False`.

    Returns:
        `DataReport`: as a str, what was found; `failed` says whether training
        would fail, `recommended` holds the arguments to train with.

    Raises:
        ValueError: If there is no such dataset, or the file to write exists
            or is one of the data.

    Example:

    >>> report = keras_semsynth.data.check_dataset("landscapes")
    >>> report.failed
    False
    """
    arguments = dict(arguments or {})
    to_find = _taken(arguments, get_dataset(name).find)
    to_prepare = _taken(arguments, make_preprocessing)
    report = DataReport(show)
    try:
        known = get_dataset(name).variant(to_find)
    except ValueError as error:
        # What says how files become images cannot be read.
        report.fail("Files and arguments", str(error))
        return report
    if write_palette is not None:
        require_file(write_palette, "write_palette", overwrite)
    datasets, splits, proposed = {}, {}, {}
    for split in ("train", "val"):
        try:
            dataset = describe(name, split=split, **to_find)
        except DatasetError as error:
            for problem in error.problems:
                report.fail("Files and arguments", problem)
            # What a folder needs so that its files pair is recommended, too.
            proposed |= error.proposed
            dataset = error.dataset
            if dataset is None and error.samples:
                reader = _plain_reader(error.samples, arguments)
                splits[split] = Split(error.samples, reader)
        except ValueError as error:
            report.fail("Files and arguments", str(error))
            continue
        if dataset is None:
            continue
        datasets[split] = dataset
        unknown = dataset.unknown_class
        preprocessing = _preprocessing(
            known, split == "train", to_prepare, unknown, report
        )
        if isinstance(dataset.reader, FileReader):
            splits[split] = Split(
                dataset.samples, dataset.reader, preprocessing, unknown
            )
            continue
        packed = isinstance(dataset, PackedDataset)
        try:
            # Records are files: all of them are read.
            validate(dataset, preprocessing, None if packed else 500)
        except ValueError as error:
            report.fail("Records" if packed else "Sizes", str(error))
        made = "pairs of photographs"
        if dataset.paired:
            kind = "samples made on the fly"
            if packed:
                resized = " and ".join(dataset.resized)
                kind = f"records of {dataset.name}, resized {resized}"
            made = (
                f"{kind}, {dataset.num_classes} classes: "
                f"{', '.join(dataset.class_names)}"
            )
        report.generated.append(f"{split}: {len(dataset)} {made}")
    if len(datasets) == 2:
        try:
            check_held_out(datasets["val"], datasets["train"])
        except ValueError as error:
            report.fail("Files and arguments", str(error))
    if write_palette is not None:
        read = {p for s in splits.values() for p in paths_of(s.samples)}
        if arguments.get("palette"):
            read.add(arguments["palette"])
        require_file(write_palette, "write_palette", overwrite, read)
    report.scan(splits, progress)
    # With the classes of one split, those of all files are known.
    for dataset in datasets.values():
        if isinstance(dataset.reader, FileReader):
            report.classes = dataset.classes
    doubts = known.doubts
    report.findings += doubts(report.counts.files, report.counts.count)
    advice = None
    if name == "folder" and report.counts:
        report.recommended, reasons = recommend(
            {**arguments, **proposed}, report, write_palette
        )
        report.findings += reasons
        advice = "see what is recommended"
        if not report.recommended:
            advice = "correct the files or the arguments"
    if report.classes is not None:
        report.check_values(advice)
    return report


def _taken(arguments, function):
    known = inspect.signature(function).parameters
    return {k: v for k, v in arguments.items() if k in known}


def _preprocessing(dataset, training, arguments, unknown_class, report):
    try:
        preprocessing = make_preprocessing(
            dataset,
            training,
            unknown_class=unknown_class,
            **arguments,
        )
        check_crop(preprocessing)
    except ValueError as error:
        report.fail("Sizes", str(error))
        return None
    return preprocessing


def _plain_reader(samples, arguments):
    """Reads label files whose classes are not known."""
    tolerance = arguments.get("palette_tolerance") or 0
    paths = [files.label for files in samples]
    by_color = reads_colors(paths, arguments.get("palette"), tolerance)
    rule = LabelRule(
        1,
        colors=np.zeros((1, 3), "uint8") if by_color else None,
        always_colors=by_color,
        palette_tolerance=tolerance,
    )
    return FileReader(Classes(1, label_rule=rule))
