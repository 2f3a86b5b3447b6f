"""Makes a `SemanticDataset` from lists of files."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_semsynth.data.label_decoder import LabelDecoder
from keras_semsynth.data.sample import Sample
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values


@dataclasses.dataclass(frozen=True)
class SampleFiles:
    """Paths of one sample; `instance` may be `None`."""

    image: str
    label: str
    instance: str | None = None


class FileReader:
    """Decodes the files of a sample.

    Args:
        decoder: `LabelDecoder`.
    """

    def __init__(self, decoder: LabelDecoder):
        self.decoder = decoder

    def __call__(self, files: SampleFiles) -> Sample:
        label_map = self.decoder(files.label)
        image = read_image(files.image)
        check_sizes(files.image, image.shape, files.label, label_map.shape)
        instance_map = None
        if files.instance is not None:
            instance_map = read_instances(files.instance)
            check_sizes(
                files.instance, instance_map.shape, files.label, label_map.shape
            )
        return Sample(image, label_map, instance_map, files.label)


def make_file_dataset(
    name: str,
    split: str,
    rows: Sequence[tuple[str, ...]],
    problems: Sequence[str],
    decoder: LabelDecoder,
    max_dataset_size: int | None = None,
    **kwargs,
) -> SemanticDataset:
    """Turns paired files into a dataset, or raises what is wrong with them.

    Args:
        name: str.
        split: str.
        rows: Sequence of `(image, label)` or `(image, label, instance)` paths.
        problems: Sequence of sentences found while pairing.
        decoder: `LabelDecoder`.
        max_dataset_size: int or `None`. Keeps the first samples only.
            Defaults to `None`.
        **kwargs: Passed to `SemanticDataset`.

    Returns:
        `SemanticDataset` of `SampleFiles`.
    """
    if problems:
        more = f" ({len(problems) - 1} more problems; "
        more += "semsynth check_data lists all)"
        raise ValueError(problems[0] + (more if len(problems) > 1 else ""))
    if not rows:
        raise ValueError(
            f"The {split} split of dataset {name!r} is empty: no image with a "
            "label map was found in the given folders."
        )
    samples = [SampleFiles(*row) for row in rows[:max_dataset_size]]
    return SemanticDataset(
        name,
        split,
        decoder.num_classes,
        samples,
        FileReader(decoder),
        use_edge_map=samples[0].instance is not None,
        **kwargs,
    )


def read_instances(path: str) -> np.ndarray:
    """Reads an instance file: raw ids, 8, 16 or 32 bit.

    Colours of an RGB file become one number each.
    """
    values = read_label_values(path)
    if values.ndim == 3:
        return values.astype("int32") @ np.array([65536, 256, 1], "int32")
    return values


def check_sizes(path, shape, label_path, label_shape) -> None:
    """Raises unless both files have the same height and width."""
    if tuple(shape[:2]) != tuple(label_shape[:2]):
        raise ValueError(
            f"{path} is {shape[1]}x{shape[0]} pixels but {label_path} is "
            f"{label_shape[1]}x{label_shape[0]} (width x height); resize one "
            "of them (label maps with nearest neighbour) or remove the pair."
        )
