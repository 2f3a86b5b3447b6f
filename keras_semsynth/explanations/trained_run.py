"""A run directory with its discriminator and a few held-out samples."""

import copy
import dataclasses
import pathlib

import numpy as np
from absl import flags

from keras_semsynth.data.flags import dataset_from_flags
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.synthesis.synthesizer import Synthesizer
from keras_semsynth.training import flags as training_flags  # noqa: F401
from keras_semsynth.training.build import build_gan
from keras_semsynth.training.checkpoint_store import CheckpointStore
from keras_semsynth.training.held_out import read_samples
from keras_semsynth.training.start import MODULES


@dataclasses.dataclass
class TrainedRun:
    """What there is to be explained.

    Attributes:
        path: Path of the run directory.
        flags: dict of str to str, the resolved flags.
        dataset: dict, the content of `dataset.json`.
        synthesizer: `Synthesizer`.
        discriminator: A built discriminator with the weights of the newest
            checkpoint, or `None` if there is none.
        step: int, the training step of that checkpoint, or `None`.
        label_maps: `int32` array `(count, height, width)`.
        edge_maps: Float array `(count, height, width, 1)`, or `None`.
        photographs: Float array `(count, height, width, 3)` in `[-1, 1]`.
    """

    path: pathlib.Path
    flags: dict
    dataset: dict
    synthesizer: Synthesizer
    discriminator: object
    step: int | None
    label_maps: np.ndarray
    edge_maps: np.ndarray | None
    photographs: np.ndarray


def open_run(path, count):
    """Opens a run directory.

    Args:
        path: Path of a run directory of train.py.
        count: int. Held-out samples to read.

    Returns:
        `TrainedRun`.

    Raises:
        ValueError: If it is no run directory, one of unpaired translation, or
            something in it cannot be used.
    """
    run = RunDirectory(path)
    if not run.flags_path.is_file():
        raise RunError(
            f"There is no run at {path} (no {run.flags_path.name}): give a "
            "run directory that train.py has written."
        )
    synthesizer = Synthesizer.load(run.path)
    dataset = run.read_dataset()
    trained = run.read_flags()
    values = _values(run, trained)
    if values.dataset == "unpaired":
        raise RunError(
            f"{path} translates between unpaired photographs: there are no "
            "label maps to explain its images by."
        )
    values.sample_count = count
    train = dataset_from_flags(values, "train")
    held_out = dataset_from_flags(values, "val") or train
    inputs, photographs = read_samples(values, held_out, train)
    discriminator, step = _discriminator(run, values, dataset)
    return TrainedRun(
        run.path,
        trained,
        dataset,
        synthesizer,
        discriminator,
        step,
        inputs["label_map"].astype("int32"),
        inputs.get("edge_map"),
        photographs,
    )


def _values(run, trained):
    """Parses the flags of a run into a copy of the global ones."""
    values = copy.deepcopy(flags.FLAGS)
    by_module = values.flags_by_module_dict()
    for module in MODULES:
        for flag in by_module[module]:
            flag.value = flag.default
            flag.present = 0
    # Its weights may be elsewhere by now, and nothing here needs them.
    trained = {**trained, "perceptual_weights": "off"}
    try:
        values(["run", *(f"--{name}={v}" for name, v in trained.items())])
    except flags.Error as error:
        raise RunError(
            f"{run.flags_path} cannot be read by this version ({error}): use "
            "the version that has trained the run."
        ) from error
    return values


def _discriminator(run, values, dataset):
    found = CheckpointStore(run.checkpoints_path).newest()
    if found is None:
        return None, None
    weights, state = found
    gan = build_gan(
        values,
        dataset["num_classes"],
        dataset["use_edge_map"],
        dataset["image_size"],
        dataset["unknown_class"],
    )
    try:
        gan.load_weights(weights)
    except (ValueError, OSError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RunError(
            f"The checkpoint {weights} does not fit the flags of the run "
            f"({reason}): restore {run.flags_path.name}."
        ) from error
    gan.discriminator.trainable = False
    return gan.discriminator, state["step"]
