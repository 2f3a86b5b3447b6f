"""Checks a dataset before training and recommends arguments."""

import inspect
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.data_report import DataReport
from keras_semsynth.data.datasets import describe
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.file_dataset import SampleFiles
from keras_semsynth.data.folder_classes import find_classes
from keras_semsynth.data.folder_pairs import pair_folders
from keras_semsynth.data.label_colors import reads_colors
from keras_semsynth.data.load import make_preprocessing
from keras_semsynth.data.name_patterns import patterns_of
from keras_semsynth.data.recommendation import recommend
from keras_semsynth.data.validation import check_crop
from keras_semsynth.data.validation import validate


def check_dataset(
    name: str,
    arguments: Mapping[str, Any] | None = None,
    show: int = 5,
    write_palette: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DataReport:
    """Reads every file of a dataset once and reports what is wrong.

    Args:
        name: str. The dataset, a key of `DATASETS`.
        arguments: Mapping of arguments of its `find` and of
            `make_preprocessing`. Defaults to none.
        show: int. Number of problems of each kind that the report lists.
            Defaults to `5`.
        write_palette: str or `None`. File to write the detected colours of
            RGB label maps to. Defaults to `None`.
        progress: Function `(done, total)`, called after every sample.
            Defaults to `None`.

    Returns:
        `DataReport`: as a str, what was found; `failed` says whether training
        would fail, `recommended` holds the arguments to train with.

    Raises:
        ValueError: If there is no such dataset.

    Example:

    >>> report = keras_semsynth.data.check_dataset("landscapes")
    >>> report.failed
    False
    """
    arguments = dict(arguments or {})
    to_find = _taken(arguments, get_dataset(name).find)
    to_prepare = _taken(arguments, make_preprocessing)
    report = DataReport(show)
    check = _check_folder if name == "folder" else _check_known
    report.classes = check(name, to_find, report, progress)
    dataset = get_dataset(name).variant(to_find)
    report.warnings += dataset.doubts(report.files, sum(report.kinds.values()))
    # What a folder needs so that its files pair is recommended, too.
    arguments |= to_find
    try:
        check_crop(make_preprocessing(name, training=True, **to_prepare))
    except ValueError as error:
        report.fail("Sizes", str(error))
    if report.classes is not None:
        report.check_ids()
    if name == "folder" and report.pixels:
        report.recommended = recommend(arguments, report, write_palette)
    return report


def _taken(arguments, function):
    known = inspect.signature(function).parameters
    return {k: v for k, v in arguments.items() if k in known}


def _check_folder(name, arguments, report, progress) -> Classes | None:
    splits = {}
    for split, prefix in (("train", ""), ("val", "val_")):
        folders = [
            arguments.get(f"{prefix}{kind}_dir")
            for kind in ("image", "label", "instance")
        ]
        if split == "val" and folders[:2] == [None, None]:
            continue
        try:
            rows, problems, proposed = pair_folders(
                *folders,
                arguments.get("use_edge_map"),
                arguments.get("pairing", "stem"),
                prefix,
                patterns_of(arguments),
            )
        except ValueError as error:
            report.fail("Pairing", str(error))
            continue
        arguments |= proposed
        for problem in problems:
            report.fail("Pairing", problem)
        if not rows:
            report.fail("Pairing", f"The {split} split has no pairs at all.")
        rows = rows[: arguments.get("max_dataset_size")]
        splits[split] = [SampleFiles(*row) for row in rows]
    labels = [files.label for samples in splits.values() for files in samples]
    palette = arguments.get("palette")
    by_color = False
    try:
        by_color = bool(labels) and reads_colors(labels, palette)
    except ValueError:
        # The scan reports files that cannot be read.
        pass
    report.scan(splits, progress, by_color)
    if not report.pixels:
        return None
    try:
        return find_classes(
            labels,
            arguments.get("num_classes"),
            arguments.get("ignore_label"),
            arguments.get("label_ids"),
            palette,
            arguments.get("palette_tolerance", 0),
            arguments.get("class_names"),
        )
    except ValueError as error:
        report.fail("Arguments", str(error))
        return None


def _check_known(name, arguments, report, progress) -> Classes | None:
    splits, classes, read_values = {}, None, {}
    for split in ("train", "val"):
        try:
            dataset = describe(name, split=split, **arguments)
            if dataset is None:
                continue
            if not isinstance(dataset.reader, FileReader):
                validate(dataset)
                report.generated.append(
                    f"{split}: {len(dataset)} samples made on the fly, "
                    f"{dataset.num_classes} classes: "
                    f"{', '.join(dataset.class_names)}"
                )
                continue
        except ValueError as error:
            report.fail("Pairing", str(error))
            continue
        splits[split] = dataset.samples
        classes = dataset.classes
        read_values = {"read_values": dataset.reader.read_values}
    report.scan(splits, progress, **read_values)
    return classes
