"""What a run says of its data, and whether they are still the same."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from keras_semsynth.data import SemanticDataset
from keras_semsynth.experiments.build import preprocessing
from keras_semsynth.experiments.experiment import FILE_NAME
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.files.dataset_file import read_dataset_file

# What a validation split has otherwise, and what only a display shows.
_OF_TRAINING = ("train_images", "palette")


@dataclasses.dataclass(frozen=True)
class Change:
    """One difference between a run so far and its next start.

    Args:
        part: str. Part of the experiment, or `"dataset"` for what its files
            hold.
        name: str. Name of the argument, or key of `dataset.json`.
        old: What it was.
        new: What it is now.
        moved: bool. Whether it is a path that leads elsewhere.
            Defaults to `False`.
    """

    part: str
    name: str
    old: Any
    new: Any
    moved: bool = False

    @property
    def subject(self) -> str:
        """What changed, in words; an argument in backticks."""
        if self.part == "dataset":
            return f"the {_KEYS.get(self.name, self.name)} of the data"
        if self.name == "name":
            part = "dataset" if self.part == "data" else self.part
            return f"`{part}`"
        return f"`{self.part}.{self.name}`"

    def __str__(self):
        old, new = _shown(self.old, self.new)
        return f"{self.subject} was {old} and is now {new}"


_KEYS = {
    "name": "name",
    "num_classes": "number of classes",
    "class_names": "class names",
    "unknown_class": "unknown class",
    "label_rule": "rule of the label files",
    "use_edge_map": "use of instance edges",
    "paired": "pairing",
    "image_size": "image size",
    "train_images": "number of training images",
}


def _shown(old, new):
    """Two values, of long lists and mappings the first that differs."""
    if isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new) > 4:
            i = next(i for i, v in enumerate(old) if v != new[i])
            return tuple(f"{v[i]!r} in place {i}" for v in (old, new))
        return _short(old), _short(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        name = next(k for k in {**old, **new} if old.get(k) != new.get(k))
        return tuple(f"{name}={_short(v.get(name))}" for v in (old, new))
    return repr(old), repr(new)


def _short(value):
    if isinstance(value, (list, Mapping)) and len(value) > 8:
        return f"{len(value)} values"
    return repr(value)


def describe_dataset(
    dataset: SemanticDataset, image_size: tuple[int, int]
) -> dict:
    """Collects what inference must know about the data.

    Args:
        dataset: `SemanticDataset` of the training split.
        image_size: `(height, width)` of training.

    Returns:
        dict for `dataset.json`.
    """
    return {
        "name": dataset.name,
        "paired": dataset.paired,
        **dataset.classes.to_json(),
        "use_edge_map": dataset.use_edge_map,
        "image_size": list(image_size),
        "train_images": len(dataset),
    }


def data_changes(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Change]:
    """Lists in what data differ from those of a run.

    Args:
        old: Mapping, what `describe_dataset` returned when the run began.
        new: Mapping, what it returns now.

    Returns:
        List of `Change`.
    """
    return [
        Change("dataset", name, old.get(name), value)
        for name, value in new.items()
        if json.dumps(old.get(name)) != json.dumps(value)
    ]


def require_recorded_data(
    run: str | os.PathLike, experiment: Experiment, dataset: SemanticDataset
) -> None:
    """Checks that an experiment opens the data that its run was trained on.

    An `experiment.json` that lost a line may still describe an experiment:
    one on other data.

    Args:
        run: Path of the run directory, or of a file in it. Without a
            `dataset.json` nothing is known of its data.
        experiment: `Experiment` that the run directory holds.
        dataset: `SemanticDataset` that it opens, of any split.

    Raises:
        ValueError: If name, classes, label files, edges, pairing or sizes are
            not those of `dataset.json`.
    """
    path = pathlib.Path(run)
    folder = path if path.is_dir() else path.parent
    try:
        recorded = read_dataset_file(folder / "dataset.json")
    except FileNotFoundError:
        return
    size = preprocessing(experiment, training=True).image_size
    found = describe_dataset(dataset, size or recorded.get("image_size", ()))
    for name in (*_OF_TRAINING, *(set(found) - set(recorded))):
        found.pop(name, None)
    changes = data_changes(recorded, found)
    if changes:
        raise ValueError(
            f"The {FILE_NAME} of {folder} opens other data than the run was "
            f"trained on: {'; '.join(map(str, changes))}; restore it from a "
            "copy."
        )
