"""Finds the rows of the papers that stand beside a run."""

import dataclasses
import os
import pathlib

from keras_semsynth.evaluation.published import Published
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import find_choice
from keras_semsynth.experiments import has_experiment
from keras_semsynth.files.json_file import JSONError
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import NUMBER
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.presets import ABLATIONS
from keras_semsynth.presets import PRESETS
from keras_semsynth.presets import printed_rows

# Of the `report.json` of training.
_TRAINED = fields(
    {
        "epochs": NUMBER,
        "epochs_planned": NUMBER,
        "parameters": fields({"generator": NUMBER}),
    }
)
_KNOWN = {**PRESETS, **ABLATIONS}
# The settings of a run that change what is learned.
_LEARNED = frozenset(
    {
        "batch_size",
        "ema_refresh",
        "epochs",
        "init_from",
        "perceptual",
        "precision",
        "steps_per_epoch",
    }
)


def published_of_run(
    run: str | os.PathLike | None, dataset: str, model: str | None = None
) -> Published | None:
    """Finds the rows that stand beside the scores of a run directory.

    Args:
        run: Path of a run directory or of a file in it, or `None`.
        dataset: str. Name of the dataset that is scored.
        model: As for `find_published`.

    Returns:
        `Published`, or `None` if nothing is printed.
    """
    if run is None or not has_experiment(run):
        return find_published(None, dataset, model)
    found = find_published(Experiment.load(run), dataset)
    path = pathlib.Path(run)
    folder = RunDirectory(path if path.is_dir() else path.parent)
    try:
        trained = read_json(folder.report_path, _TRAINED)
    except (FileNotFoundError, JSONError):
        # A run that is still training has none, or it is another report.
        return found
    if found is None:
        return None
    differences = found.differences
    if trained["epochs"] < trained["epochs_planned"]:
        so_far = f"{trained['epochs']:.3g} of {trained['epochs_planned']}"
        differences = (*differences, f"epochs so far {so_far}")
    return dataclasses.replace(
        found,
        differences=differences,
        parameters=trained["parameters"]["generator"] / 1e6,
    )


def find_published(
    experiment: Experiment | None, dataset: str, model: str | None = None
) -> Published | None:
    """Finds the rows that stand beside the scores of an experiment.

    These are the rows of its own preset. A run that was begun from a model
    alone is put beside the preset that it differs from least, of the same
    objective and dataset.

    Args:
        experiment: `Experiment` as it was trained, or `None` if it is unknown.
        dataset: str. Name of the dataset that is scored.
        model: str or `None`. Without an experiment: whose own row it is to
            be. Defaults to `None`.

    Returns:
        `Published`, or `None` if nothing is printed.
    """
    if experiment is None:
        for preset in PRESETS:
            if PRESETS[preset]["model"] == model:
                rows = _rows(preset, dataset, own_data=True)
                if rows:
                    return Published(preset, dataset, rows, is_known=False)
        return None
    if experiment.preset is not None:
        rows = _rows(experiment.preset, dataset)
        if rows:
            # On another dataset the row may have a preset of its own.
            table, row = rows[0]
            there = table.preset_of(row, dataset)
            if _rows(experiment.preset, dataset, own_data=True) or not there:
                there = experiment.preset
            return _beside(experiment, there, dataset, rows)
    near = [
        _beside(experiment, preset, dataset, rows)
        for preset in _KNOWN
        if _objective(preset) == experiment.objective.name
        and (rows := _rows(preset, dataset, own_data=True))
    ]
    return min(near, key=lambda p: len(p.differences), default=None)


def _rows(preset, dataset, own_data=False):
    """The rows of a preset that say something of a dataset."""
    return tuple(
        (table, row)
        for table, row, data in printed_rows(preset)
        if table.scores(row, dataset) and (not own_data or data == dataset)
    )


def _objective(preset):
    return _KNOWN[preset]["parts"]["objective"][0]


def _beside(experiment, preset, dataset, rows):
    return Published(
        preset, dataset, rows, tuple(_differences(experiment, preset))
    )


def _differences(experiment: Experiment, preset: str):
    """Yields in what a run learns otherwise than its preset."""
    data = find_choice("data", experiment.data.name).arguments
    # What says where things lie, or how a run is watched, makes no difference.
    free = {
        "data": frozenset(
            n for n, argument in data.items() if argument.is_path
        ),
        "run": frozenset(find_choice("run", "run").arguments) - _LEARNED,
    }
    found = experiment.differences(Experiment.from_preset(preset), free)
    for kind, name, here, there in found:
        if name == "perceptual" and "off" not in (here, there):
            continue
        label = kind if name == "name" else name
        if kind not in ("run", "optimizers") and name != "name":
            label = f"{name} of the {kind}"
        yield f"{label} {_shown(here)} (there {_shown(there)})"


def _shown(value):
    if isinstance(value, tuple):
        return "x".join(map(str, value)) or "none"
    if value is None:
        return "none"
    return str(value)
