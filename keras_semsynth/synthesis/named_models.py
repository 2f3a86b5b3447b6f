"""Trained models by their names."""

import difflib
import os
import pathlib

from keras_semsynth.files.model_hubs import download
from keras_semsynth.files.model_hubs import is_hub_name
from keras_semsynth.presets import ABLATIONS
from keras_semsynth.presets import PRESETS

# What makes images; all but the generator may be missing.
RUN_FILES = ("generator.keras", "encoder.keras", "dataset.json")
MODEL_FILES = (*RUN_FILES, "README.md")
_SHIPPED = pathlib.Path(__file__).parent / "pretrained"


def shipped_models() -> dict[str, pathlib.Path]:
    """Returns the models that come with the package.

    Returns:
        dict, name -> folder.
    """
    return {
        file.parent.name: file.parent
        for file in sorted(_SHIPPED.glob("*/generator.keras"))
    }


def find_model(name: str | os.PathLike) -> pathlib.Path:
    """Returns the folder, or the file, of a model.

    Args:
        name: str or path: `"landscapes"` or another model that comes with the
            package; `"hf://user/name"` or
            `"kaggle://user/model/framework/variation"`, which is fetched
            once; else the path of a run directory, of a folder that
            `Synthesizer.save` has written, or of a `.keras` file.

    Returns:
        `pathlib.Path`. What it holds is not looked at.

    Raises:
        ValueError: If it is the name of a preset without weights, could mean
            two models, or a hub does not have it.
        ImportError: If the library of the hub is not installed.

    Example:

    >>> find_model("landscapes").name
    'landscapes'
    """
    if is_hub_name(name):
        return download(os.fspath(name), MODEL_FILES)
    path = pathlib.Path(name)
    known = shipped_models()
    # A path is a path: `./landscapes`, and whatever is no str.
    if not isinstance(name, str) or os.path.dirname(name):
        return path
    if name not in known:
        if not path.exists():
            _refuse_presets(name, known)
        return path
    if (path / "generator.keras").is_file():
        raise ValueError(
            f"`{name}` is a model that comes with the package, and a folder "
            f"here that holds a generator: write ./{name} for the folder, or "
            "work in another folder."
        )
    return known[name]


def _refuse_presets(name, known):
    """Raises `ValueError` for the name of a preset, and for a misspelt one."""
    if name in PRESETS or name in ABLATIONS:
        raise ValueError(
            f"`{name}` is a preset without weights: train it with `semsynth "
            f"train --preset={name}`, or take a model that comes with the "
            f"package: {', '.join(known)}."
        )
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        raise ValueError(
            f"There is neither a model `{name}` nor a folder of this name: "
            f"did you mean {near[0]}?"
        )
