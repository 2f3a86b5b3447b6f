"""A run directory with its discriminator and a few held-out samples."""

import dataclasses
import os
import pathlib

import numpy as np

from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.held_out import read_samples
from keras_semsynth.discriminators import Discriminator
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import has_experiment
from keras_semsynth.experiments import open_dataset
from keras_semsynth.experiments import preprocessing
from keras_semsynth.experiments.recorded_data import require_recorded_data
from keras_semsynth.experiments.trained_gan import load_trained_gan
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.synthesis.named_models import find_model
from keras_semsynth.synthesis.synthesizer import Synthesizer


@dataclasses.dataclass
class TrainedRun:
    """What there is to be explained.

    Attributes:
        path: Path of the run directory.
        experiment: `Experiment`.
        dataset: dict, the content of `dataset.json`.
        synthesizer: `Synthesizer`.
        discriminator: A built discriminator with the weights of the newest
            checkpoint, or `None` if there is none, or the run trained without
            a discriminator.
        step: int, the training step of that checkpoint, or `None`.
        label_maps: `int32` array `(count, height, width)`.
        edge_maps: Float array `(count, height, width, 1)`, or `None`.
        photographs: Float array `(count, height, width, 3)` in `[-1, 1]`.
    """

    path: pathlib.Path
    experiment: Experiment
    dataset: dict
    synthesizer: Synthesizer
    discriminator: Discriminator | None
    step: int | None
    label_maps: np.ndarray
    edge_maps: np.ndarray | None
    photographs: np.ndarray


def open_run(
    path: str | os.PathLike, count: int, discriminator: bool = True
) -> TrainedRun:
    """Opens a run directory.

    Args:
        path: Path of a run directory of train.py.
        count: int. Held-out samples to read.
        discriminator: bool. Whether to open it. Defaults to `True`.

    Returns:
        `TrainedRun`.

    Raises:
        ValueError: If it is no run directory, one of unpaired translation, or
            something in it cannot be used.
    """
    run = RunDirectory(find_model(path))
    if not has_experiment(run.path):
        raise RunError(
            f"There is no run at {path} (no {run.experiment_path.name}): give "
            "a run directory that training has written."
        )
    experiment = Experiment.load(run.path)
    if not get_dataset(experiment.data.name).paired:
        raise RunError(
            f"{path} translates between unpaired photographs: there are no "
            "label maps to explain its images by; look at the grids in its "
            "folder samples instead."
        )
    synthesizer = Synthesizer.from_preset(run.path)
    dataset = run.read_dataset()
    train = open_dataset(experiment, "train")
    require_recorded_data(run.path, experiment, train)
    held_out = open_dataset(experiment, "val") or train
    inputs, photographs = read_samples(
        held_out,
        train,
        preprocessing(experiment, False, train.unknown_class),
        count,
    )
    judged = discriminator and experiment.discriminator is not None
    network, step = _discriminator(run) if judged else (None, None)
    return TrainedRun(
        run.path,
        experiment,
        dataset,
        synthesizer,
        network,
        step,
        inputs["label_map"].astype("int32"),
        inputs.get("edge_map"),
        photographs,
    )


def _discriminator(run):
    found = load_trained_gan(run)
    if found is None:
        return None, None
    gan, step = found
    gan.discriminator.trainable = False
    return gan.discriminator, step
