"""The perceptual loss of an experiment, and the file it is read from."""

import os
import pathlib

from keras_semsynth.checkpoints import record_file
from keras_semsynth.experiments.build import PartError
from keras_semsynth.experiments.build import about_part
from keras_semsynth.experiments.build import run_settings
from keras_semsynth.experiments.build import split_arguments
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.experiments.features_network import VGG19_FILE
from keras_semsynth.experiments.features_network import check_features
from keras_semsynth.experiments.features_network import features_file
from keras_semsynth.experiments.features_network import open_features
from keras_semsynth.experiments.features_network import ways
from keras_semsynth.experiments.parts import find_choice
from keras_semsynth.losses import PerceptualLoss

_OR_OFF = ", or give `perceptual=off` to train without the perceptual loss"


def perceptual_loss(experiment: Experiment) -> PerceptualLoss | None:
    """Makes the perceptual loss from its file, fetched if need be.

    Args:
        experiment: `Experiment`.

    Returns:
        `losses.PerceptualLoss` with a `weights_record`, or `None` if it is
        off.

    Raises:
        PartError: If the file is not given or not there, is damaged or holds
            no such network, or an argument does not fit the network.
    """
    path = perceptual_file(experiment)
    if path is None:
        return None
    arguments, _ = split_arguments(
        experiment.objective.arguments, PerceptualLoss
    )
    objective = find_choice("objective", experiment.objective.name).target
    with about_part("run"):
        network = open_features(
            path, "perceptual", **getattr(objective, "feature_options", {})
        )
    with about_part("objective"):
        loss = PerceptualLoss(network, **arguments)
        loss.build()
    loss.weights_record = record_file(path)
    return loss


def check_perceptual(experiment: Experiment) -> None:
    """Checks what can be told of the perceptual loss without its file.

    Args:
        experiment: `Experiment`.

    Raises:
        PartError: If the loss is neither chosen nor off, or a local file is
            not there.
    """
    _choice(experiment)


def perceptual_file(experiment: Experiment) -> pathlib.Path | None:
    """Returns the file of the perceptual loss, or `None` if it is off.

    A public file that is named by its network is fetched if it is not here.

    Args:
        experiment: `Experiment`.

    Returns:
        Path or `None`.

    Raises:
        PartError: If the file is not given, not there, or cannot be fetched.
    """
    chosen = _choice(experiment)
    if chosen is None:
        return None
    with about_part("run"):
        return features_file(chosen, "perceptual", _OR_OFF)


def _choice(experiment):
    """What was given, or `None` if the loss is off."""
    weights = run_settings(experiment).perceptual
    if weights is None and os.environ.get("SEMSYNTH_WEIGHTS"):
        weights = os.path.join(os.environ["SEMSYNTH_WEIGHTS"], VGG19_FILE)
    if weights is None:
        raise PartError(
            "run", f"`perceptual` must be set: {ways('perceptual')}{_OR_OFF}."
        )
    objective = experiment.objective.arguments
    if weights == "off" or objective.get("perceptual_weight") == 0:
        return None
    with about_part("run"):
        check_features(weights, "perceptual", _OR_OFF)
    return weights
