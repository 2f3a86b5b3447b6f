"""Finds what would stop training, before it starts."""

from concurrent.futures import ThreadPoolExecutor

from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.file_dataset import SampleFiles
from keras_semsynth.data.file_dataset import check_sizes
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.images import read_size


def validate(
    dataset: SemanticDataset,
    preprocessing: Preprocessing | None = None,
    max_samples: int | None = 500,
) -> None:
    """Raises one sentence about the first thing that is wrong with the data.

    Every label map of up to `max_samples` samples is decoded; of larger
    datasets an even selection is, and the rest is checked as it is read.

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
    step = 1
    if max_samples is not None:
        step = -(-len(dataset) // max_samples)
    if not isinstance(dataset.reader, FileReader):
        # Made on the fly: one sample tells about all.
        sample = dataset.read(0)
        if preprocessing is not None:
            _check_fit(
                sample.label_map.shape, sample.name, dataset, preprocessing
            )
        return

    def problem(files):
        try:
            check_files(files, dataset, preprocessing)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor() as pool:
        for message in pool.map(problem, dataset.samples[::step]):
            if message is not None:
                # What has not begun need not be looked at any more.
                pool.shutdown(wait=False, cancel_futures=True)
                raise ValueError(message)


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


def check_files(
    files: SampleFiles,
    dataset: SemanticDataset,
    preprocessing: Preprocessing | None = None,
) -> None:
    """Raises if a sample cannot be used; decodes its label map only."""
    label_map = dataset.reader.read_label_map(files.label)
    sizes = {files.image: read_size(files.image, is_photograph=True)}
    if files.instance is not None:
        sizes[files.instance] = read_size(files.instance)
    for path, size in sizes.items():
        check_sizes(path, size, files.label, label_map.shape)
    if preprocessing is not None:
        _check_fit(label_map.shape, files.label, dataset, preprocessing)


def _check_fit(shape, name, dataset, preprocessing):
    if not preprocessing.crops or dataset.unknown_class is not None:
        return
    height, width = preprocessing.resized_size(*shape)
    crop = preprocessing.image_size
    if crop[0] > height or crop[1] > width:
        raise ValueError(
            f"The crop `image_size={crop[0]}x{crop[1]}` is larger than {name}, "
            f"which is {height}x{width} (height x width) when cropped, and the "
            "dataset has no unknown class to fill the rest; lower `image_size` "
            "or use `preprocess_mode=resize_and_crop`."
        )
