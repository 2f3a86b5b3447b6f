"""Finds what would stop training, before it starts."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.file_dataset import SampleFiles
from keras_semsynth.data.file_dataset import check_sizes
from keras_semsynth.data.file_dataset import read_instances
from keras_semsynth.data.packed_dataset import PackedDataset
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.images import read_image
from keras_semsynth.files.progress_line import ProgressLine


def validate(
    dataset: SemanticDataset,
    preprocessing: Preprocessing | None = None,
    max_samples: int | None = 500,
) -> None:
    """Raises one sentence about the first thing that is wrong with the data.

    All files of up to `max_samples` samples are decoded; of larger datasets
    those of an even selection are, and the rest is checked as it is read. What
    takes long shows its progress.

    Args:
        dataset: `SemanticDataset`.
        preprocessing: `Preprocessing` or `None`. Also checks that crops fit.
            Defaults to `None`.
        max_samples: int or `None` for all. Defaults to `500`.

    Raises:
        ValueError: About the first problem in the order of the samples.
    """
    if len(dataset) == 0:
        raise ValueError(
            f"The {dataset.split} split of dataset {dataset.name!r} is empty."
        )
    if preprocessing is not None:
        check_crop(preprocessing)
        dataset.require(preprocessing)
    step = 1
    if max_samples is not None:
        step = -(-len(dataset) // max_samples)
    packed = isinstance(dataset, PackedDataset)
    if not packed and not isinstance(dataset.reader, FileReader):
        # One sample tells the size of all: they are made so.
        sample = dataset.read(0)
        if preprocessing is not None:
            _check_fit(
                sample.label_map.shape,
                sample.name,
                preprocessing,
                dataset.unknown_class,
            )
        if dataset.paired:
            return

    def problems_of(files):
        if packed:
            return _problems_of_record(dataset, files, preprocessing)
        if not dataset.paired:
            return _problems_of_photographs(files)
        return inspect_files(
            files, dataset.reader, preprocessing, dataset.unknown_class
        )[2]

    chosen = dataset.samples[::step]
    line = ProgressLine(
        "Checking",
        len(chosen),
        f"samples of the {dataset.split} split",
        stream=sys.stderr,
    )
    shown = False
    with ThreadPoolExecutor() as pool:
        for done, problems in enumerate(pool.map(problems_of, chosen), 1):
            if problems:
                # What has not begun need not be looked at any more.
                pool.shutdown(wait=False, cancel_futures=True)
                line.end()
                raise problems[0]
            # A line for what takes long only.
            shown = shown or line.is_due()
            if shown:
                line.update(done)


def check_crop(preprocessing: Preprocessing) -> None:
    """Raises if the crop cannot fit into what it is cut from."""
    mode, crop = preprocessing.mode, preprocessing.image_size
    if mode == "resize_and_crop":
        load = preprocessing.resized_size(*crop)
        wrong = crop[0] > load[0] or crop[1] > load[1]
    elif mode == "scale_width_and_crop":
        load = (None, preprocessing.load_size)
        wrong = crop[1] > load[1]
    elif mode == "scale_shortside_and_crop":
        load = (preprocessing.load_size, None)
        wrong = min(crop) > load[0] and not preprocessing.legacy_shortside
    else:
        return
    if wrong:
        shown = "x".join(str(side) for side in load if side is not None)
        raise ValueError(
            f"The crop `image_size={crop[0]}x{crop[1]}` is larger than "
            f"`load_size={shown}`; raise `load_size` or lower `image_size`."
        )


def check_held_out(held_out: SemanticDataset, train: SemanticDataset) -> None:
    """Raises if two splits do not fit together."""
    if held_out.num_classes != train.num_classes:
        raise ValueError(
            f"The validation split has {held_out.num_classes} classes, but "
            f"the training split {train.num_classes}: check the label maps "
            "and `num_classes`."
        )
    if train.use_edge_map and not held_out.use_edge_map:
        raise ValueError(
            "The training split has instance maps but the validation split "
            "has none: give `val_instance_dir`, or `use_edge_map=false`."
        )


def inspect_files(
    files: SampleFiles,
    reader: FileReader,
    preprocessing: Preprocessing | None = None,
    unknown_class: int | None = None,
) -> tuple[np.ndarray | None, np.ndarray | None, list[ValueError]]:
    """Decodes the files of a sample and tells all that is wrong with them.

    Training and the report on a dataset ask here, so both say the same.

    Args:
        files: `SampleFiles`.
        reader: `FileReader` of the dataset.
        preprocessing: `Preprocessing` or `None`. Also checks that crops fit.
            Defaults to `None`.
        unknown_class: int or `None`. Of the dataset. Defaults to `None`.

    Returns:
        Tuple of the values of the label file and the photograph, `None` where
        one cannot be read, and a list of errors.
    """
    problems = []

    def attempt(function, *arguments):
        try:
            return function(*arguments)
        except ValueError as error:
            problems.append(error)

    values = attempt(reader.read_values, files.label)
    image = attempt(read_image, files.image)
    instances = None
    if files.instance is not None:
        instances = attempt(read_instances, files.instance)
    if values is None:
        return None, image, problems
    attempt(reader.classes.ids, values, files.label)
    for path, other in ((files.image, image), (files.instance, instances)):
        if other is not None:
            attempt(check_sizes, path, other.shape, files.label, values.shape)
    if preprocessing is not None:
        attempt(
            _check_fit,
            values.shape[:2],
            files.label,
            preprocessing,
            unknown_class,
        )
    return values, image, problems


def _problems_of_photographs(paths):
    problems = []
    for path in paths:
        try:
            read_image(path)
        except ValueError as error:
            problems.append(error)
    return problems


def _problems_of_record(dataset, record, preprocessing):
    problems = []
    try:
        sample = dataset.read_record(record, preprocessing)
        dataset.classes.check(sample.label_map, sample.name)
        if preprocessing is not None:
            check_fit(
                sample.label_map.shape,
                sample.name,
                preprocessing,
                dataset.unknown_class,
            )
    except ValueError as error:
        problems.append(error)
    return problems


def _check_fit(shape, name, preprocessing, unknown_class):
    resized = preprocessing.resized_size(*shape)
    check_fit(resized, name, preprocessing, unknown_class)


def check_fit(
    resized: tuple[int, int],
    name: str,
    preprocessing: Preprocessing,
    unknown_class: int | None = None,
) -> None:
    """Raises if a crop cannot fit into a sample.

    Args:
        resized: `(height, width)` of the sample after the resize step.
        name: str. Names the sample.
        preprocessing: `Preprocessing`.
        unknown_class: int or `None`. Of the dataset. Defaults to `None`.

    Raises:
        ValueError: If it is larger, and nothing may fill the rest.
    """
    if not preprocessing.crops or unknown_class is not None:
        return
    height, width = resized
    crop = preprocessing.image_size
    if crop[0] > height or crop[1] > width:
        raise ValueError(
            f"The crop `image_size={crop[0]}x{crop[1]}` is larger than {name}, "
            f"which is {height}x{width} (height x width) when cropped, and the "
            "dataset has no unknown class to fill the rest; lower `image_size` "
            "or use `preprocess_mode=resize_and_crop`."
        )
