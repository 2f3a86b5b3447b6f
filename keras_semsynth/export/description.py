"""What a model says of itself: `dataset.json` beside its weights."""

import os
import pathlib
from typing import Any

import keras_semsynth
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.synthesis.synthesizer import Synthesizer


def describe_model(
    synthesizer: Synthesizer, run: str | os.PathLike | None = None, **more: Any
) -> dict[str, Any]:
    """Collects what a client or page must know of a generator.

    Args:
        synthesizer: `Synthesizer`.
        run: Path of the run directory, or of the `.keras` file, that it was
            loaded from. Says which model and preset it is. Defaults to
            `None`.
        **more: JSON values to add.

    Returns:
        dict of JSON values.
    """
    generator = synthesizer.generator
    experiment = _experiment(run)
    return {
        "keras_semsynth": keras_semsynth.__version__,
        "model": _name(experiment, "objective"),
        "preset": experiment.get("preset"),
        "dataset": _name(experiment, "data"),
        "generator": type(generator).__name__,
        **synthesizer.classes.to_json(),
        "image_size": list(generator.image_size),
        "fixed_size": bool(generator.fixed_size),
        "size_multiple": generator.size_multiple,
        "latent_kind": generator.latent_kind,
        "latent_size": generator.latent_size,
        "latent_by_class": generator.latent_by_class,
        "style_encoder": synthesizer.encoder is not None,
        "edge_map": synthesizer.inputs.use_edge_map,
        "paired": not synthesizer.translates,
        **more,
    }


def _experiment(run):
    if run is None:
        return {}
    path = pathlib.Path(run)
    directory = RunDirectory(path if path.is_dir() else path.parent)
    if not directory.experiment_path.is_file():
        return {}
    return directory.read_experiment()


def _name(experiment, part):
    return (experiment.get(part) or {}).get("name")
