"""Makes a `SemanticDataset` from lists of files."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.data.classes import Classes
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


def paths_of(samples: Iterable[Any]) -> Iterator[str]:
    """Yields the paths of all files of samples; others have none."""
    for sample in samples:
        if isinstance(sample, SampleFiles):
            yield from filter(None, dataclasses.astuple(sample))


class DatasetError(ValueError):
    """Says the first of the things that keep files from being a dataset.

    Args:
        problems: Sequence of str, one sentence each.
        rows: Sequence of `(image, label)` or `(image, label, instance)` paths
            of the samples that are whole nevertheless. Defaults to none.
        proposed: Mapping of arguments that were not given, but with which
            `rows` were found. Defaults to none.
        dataset: `SemanticDataset` of them, or `None` if the classes could not
            be found out. Defaults to `None`.

    Attributes:
        problems: list of str, all of them.
        samples: list of `SampleFiles`.
        proposed: dict.
    """

    def __init__(
        self,
        problems: Sequence[str],
        rows: Sequence[tuple[str, ...]] = (),
        proposed: Mapping[str, str] | None = None,
        dataset: SemanticDataset | None = None,
    ):
        more = f" ({len(problems) - 1} more problems; "
        more += "semsynth check_data lists all)"
        super().__init__(problems[0] + (more if len(problems) > 1 else ""))
        self.problems = list(problems)
        self.samples = [SampleFiles(*row) for row in rows]
        self.proposed = dict(proposed or {})
        self.dataset = dataset


class FileReader:
    """Decodes the files of a sample.

    Args:
        classes: `Classes`.
    """

    def __init__(self, classes: Classes):
        self.classes = classes

    def read_values(self, path: str) -> np.ndarray:
        """Reads the values of a label file, at the size of its photograph.

        Args:
            path: str.

        Returns:
            Array `(height, width)`, or `(height, width, 3)` of colours.
        """
        return self.classes.label_rule.read_values(path)

    def read_label_map(self, path: str) -> np.ndarray:
        """Reads a label file as ids of classes `(height, width)`."""
        return self.classes.ids(self.read_values(path), path)

    def __call__(self, files: SampleFiles) -> Sample:
        label_map = self.read_label_map(files.label)
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
    classes: Classes,
    max_dataset_size: int | None = None,
    reader: FileReader | None = None,
    proposed: Mapping[str, str] | None = None,
) -> SemanticDataset:
    """Turns paired files into a dataset, or raises what is wrong with them.

    Args:
        name: str.
        split: str.
        rows: Sequence of `(image, label)` or `(image, label, instance)` paths.
        problems: Sequence of sentences found while pairing.
        classes: `Classes`.
        max_dataset_size: int or `None`. Keeps the first samples only.
            Defaults to `None`.
        reader: `FileReader`. Defaults to a plain one of `classes`.
        proposed: Mapping. See `DatasetError`. Defaults to none.

    Returns:
        `SemanticDataset` of `SampleFiles`.
    """
    problems = list(problems)
    if not rows and not problems:
        problems.append(
            f"The {split} split of dataset {name!r} is empty: no image with a "
            "label map was found in the given folders."
        )
    if not rows:
        raise DatasetError(problems, proposed=proposed)
    if max_dataset_size is not None and max_dataset_size < 1:
        raise ValueError(
            "`max_dataset_size` must be at least 1. Received: "
            f"max_dataset_size={max_dataset_size}."
        )
    samples = [SampleFiles(*row) for row in rows[:max_dataset_size]]
    dataset = SemanticDataset(
        name,
        split,
        classes,
        samples,
        reader or FileReader(classes),
        use_edge_map=samples[0].instance is not None,
    )
    if problems:
        raise DatasetError(problems, rows[:max_dataset_size], proposed, dataset)
    return dataset


def read_instances(path: str) -> np.ndarray:
    """Reads an instance file: raw ids, 8, 16 or 32 bit.

    Colours of an RGB file become one number each.
    """
    values = read_label_values(path)
    if values.ndim == 3:
        return values.astype("int32") @ np.array([65536, 256, 1], "int32")
    return values


def check_sizes(
    path: str,
    shape: Sequence[int],
    label_path: str,
    label_shape: Sequence[int],
) -> None:
    """Raises unless both files have the same height and width."""
    if tuple(shape[:2]) != tuple(label_shape[:2]):
        raise ValueError(
            f"{path} is {shape[1]}x{shape[0]} pixels but {label_path} is "
            f"{label_shape[1]}x{label_shape[0]} (width x height); resize one "
            "of them (label maps with nearest neighbour) or remove the pair."
        )
