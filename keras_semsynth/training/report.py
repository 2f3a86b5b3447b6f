"""The account of a run: what was trained, where, how long, with what end."""

import datetime
import json
from typing import Any

import keras

from keras_semsynth.backend import machine
from keras_semsynth.backend import versions
from keras_semsynth.files import atomic
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.training.changes import read_changes
from keras_semsynth.training.progress import Progress
from keras_semsynth.training.strategies import Strategy


def write_report(
    run: RunDirectory,
    gan: keras.Model,
    strategy: Strategy,
    progress: Progress,
    dataset: dict[str, Any],
    experiment: dict[str, Any],
    logs: dict[str, float],
    state: str,
) -> dict[str, Any]:
    """Writes `report.json` of a run directory.

    A report of the same end stays: it says when, how fast and on what machine
    the run came to it.

    Args:
        run: `RunDirectory`.
        gan: The trained GAN.
        strategy: `Strategy`. Where it was trained.
        progress: `Progress`.
        dataset: dict, content of `dataset.json`.
        experiment: dict, the description of the run.
        logs: dict of str to float, the last means of the loss terms.
        state: str, `"finished"`, `"stopped"` or `"failed"`.

    Returns:
        dict, what was written.
    """
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    networks = {
        name: getattr(gan, name, None)
        for name in ("generator", "discriminator", "encoder")
    }
    perceptual = getattr(gan, "perceptual", None)
    record = getattr(perceptual, "weights_record", None)
    judged = getattr(networks["discriminator"], "weights_record", None)
    report = {
        "state": state,
        "written": now,
        "model": type(gan).__name__,
        "parameters": {
            name: count_parameters(network)
            for name, network in networks.items()
            if network is not None
        },
        "dataset": {
            name: dataset.get(name)
            for name in ("name", "num_classes", "train_images", "image_size")
        },
        "steps": progress.step,
        "epochs": progress.position / progress.steps_per_epoch,
        "epochs_planned": progress.epochs,
        "devices": str(strategy),
        "workers": strategy.num_workers,
        "replicas": strategy.num_replicas,
        "images_per_replica": strategy.images_per_replica,
        "images_seen": progress.images_seen,
        "seconds": round(progress.seconds, 1),
        "images_per_second": round(progress.images_per_second, 3),
        "losses": logs,
        "perceptual": None if record is None else dict(record),
        "discriminator_features": None if judged is None else dict(judged),
        "machine": machine(),
        "versions": versions(),
        "experiment": experiment,
        "changes": read_changes(run),
    }
    if not _is_of_same_end(_read(run), report):
        atomic.write_json(run.report_path, report)
    return report


# In these two reports of the same end of a run may differ.
_CIRCUMSTANCES = {
    "written",
    "seconds",
    "images_per_second",
    "machine",
    "versions",
}


def _is_of_same_end(earlier, report):
    if not isinstance(earlier, dict) or earlier.keys() != report.keys():
        return False
    report = json.loads(json.dumps(report))
    return all(
        earlier[name] == report[name] for name in report.keys() - _CIRCUMSTANCES
    )


def _read(run):
    try:
        return read_json(run.report_path, mapping_of(ANYTHING))
    except (OSError, ValueError):
        return None


def count_parameters(network: keras.Model) -> int:
    """Counts the numbers that are trained, as papers do.

    Args:
        network: Built `keras.Model`.

    Returns:
        int.
    """
    total = 0
    for variable in network.trainable_variables:
        size = 1
        for side in variable.shape:
            size *= side
        total += size
    return total
