"""The JSON file of a pack: what its records are and how they were made."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.preprocessing import MODES
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import NUMBER
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import TRUTH
from keras_semsynth.files.json_form import Form
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import list_of
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.json_form import word

FILE_NAME = "pack.json"
VERSION = 1
_ADVICE = "restore it from a copy, or pack the data anew"
_SIZE = Form(
    "a number of pixels or a list of two",
    lambda value: all(
        type(side) is int and side > 0
        for side in (value if isinstance(value, list) else [value])
    ),
)
_FORM = fields(
    {
        "version": whole(1, VERSION),
        "dataset": TEXT,
        "arguments": fields({}),
        "preprocessing": fields(
            {
                "mode": word(*MODES),
                "load_size": _SIZE,
                "crop_size": _SIZE,
                "aspect_ratio": NUMBER,
                "legacy_shortside": TRUTH,
            },
            closed=True,
        ),
        "files": list_of(
            fields(
                {
                    "name": TEXT,
                    "split": word("train", "val"),
                    "resized": TEXT,
                    "use_edge_map": TRUTH,
                    "samples": whole(1),
                    "bytes": whole(1),
                },
                closed=True,
            )
        ),
    }
)


@dataclasses.dataclass(frozen=True)
class PackFile:
    """One file of a pack: all samples of a split at one size.

    Args:
        name: str. Name of the file in its folder.
        split: str, `"train"` or `"val"`.
        resized: str. What `Preprocessing.resizing` says of its samples.
        use_edge_map: bool. Whether they have instance maps.
        samples: int. How many there are.
        bytes: int. Length of the file.
    """

    name: str
    split: str
    resized: str
    use_edge_map: bool
    samples: int
    bytes: int


@dataclasses.dataclass(frozen=True)
class PackDescription:
    """What a pack holds.

    Args:
        dataset: str. Name of the dataset that was packed.
        arguments: Mapping of the arguments with which it was opened.
        classes: `Classes`.
        preprocessing: Mapping of the arguments of `Preprocessing` in
            training.
        files: tuple of `PackFile`.
    """

    dataset: str
    arguments: Mapping[str, Any]
    classes: Classes
    preprocessing: Mapping[str, Any]
    files: tuple[PackFile, ...]

    def to_json(self) -> dict[str, Any]:
        """Returns the description as JSON values."""
        return {
            "version": VERSION,
            "dataset": self.dataset,
            "arguments": {
                name: os.fspath(value)
                if isinstance(value, os.PathLike)
                else value
                for name, value in self.arguments.items()
            },
            **self.classes.to_json(),
            "preprocessing": dict(self.preprocessing),
            "files": [dataclasses.asdict(file) for file in self.files],
        }


def preprocessing_arguments(preprocessing: Preprocessing) -> dict[str, Any]:
    """Returns what a pack says of a preprocessing, flips left out.

    Args:
        preprocessing: `Preprocessing`.

    Returns:
        dict of arguments of its constructor.
    """
    names = ("mode", "load_size", "crop_size", "aspect_ratio")
    return {
        name: getattr(preprocessing, name)
        for name in (*names, "legacy_shortside")
    }


def read_description(
    folder: str | os.PathLike, argument: str = "data_dir"
) -> PackDescription:
    """Reads what a pack holds.

    Args:
        folder: Path of the folder that `semsynth pack` has written.
        argument: str. Its name for messages. Defaults to `"data_dir"`.

    Returns:
        `PackDescription`.

    Raises:
        ValueError: If it is no pack, or its description is damaged.
    """
    path = pathlib.Path(folder) / FILE_NAME
    try:
        content = read_json(path, _FORM, _ADVICE)
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(
            f"`{argument}={folder}` holds no {FILE_NAME}: give the folder that "
            "semsynth pack has written as its `output`."
        ) from None
    arguments = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in content["preprocessing"].items()
    }
    try:
        Preprocessing(**arguments)
        classes = Classes.from_json(content)
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}") from error
    return PackDescription(
        content["dataset"],
        content["arguments"],
        classes,
        arguments,
        tuple(PackFile(**file) for file in content["files"]),
    )
