"""The perceptual loss of an experiment, and the file it is read from."""

import os
import pathlib

from keras_semsynth.checkpoints import DOWNLOAD
from keras_semsynth.checkpoints import find_weights
from keras_semsynth.checkpoints import kind_of
from keras_semsynth.checkpoints import load_features
from keras_semsynth.checkpoints import record_file
from keras_semsynth.experiments.build import PartError
from keras_semsynth.experiments.build import about_part
from keras_semsynth.experiments.build import run_settings
from keras_semsynth.experiments.build import split_arguments
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.experiments.parts import find_choice
from keras_semsynth.files.network_reading import NetworkFileError
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.scorers import SegmenterFeatures
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers.pretrained_scorer import PRETRAINED_SCORERS
from keras_semsynth.scorers.pretrained_scorer import pretrained_scorer_file

# What may be said instead of a file -> network in the catalogue of weights.
FETCHED = {
    "imagenet": "vgg19",
    "vgg19": "vgg19",
    "vgg16": "vgg16",
    "efficientnet_lite0": "efficientnet_lite0",
}
VGG19_FILE = "vgg19-dcbb9e9d.pth"
KERAS_VGG19 = "vgg19_weights_tf_dim_ordering"


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
    if kind_of(path) == "keras":
        network = _scorer_features(path)
    else:
        objective = find_choice("objective", experiment.objective.name).target
        with about_part("run"):
            network = load_features(
                path, **getattr(objective, "feature_options", {})
            )
    with about_part("objective"):
        loss = PerceptualLoss(network, **arguments)
        loss.build()
    loss.weights_record = record_file(path)
    return loss


def _scorer_features(path):
    if path.suffix != ".keras":
        raise PartError(
            "run",
            f"`perceptual={path}` is a whole Keras model: give it a "
            "name that ends in .keras.",
        )
    try:
        scorer = load_network(
            path,
            UNetSegmenter,
            "give a .keras file that `semsynth train_scorer` has written, or "
            f"VGG19's weights ({WHERE_VGG19_IS})",
            f"`perceptual={path}`",
        )
    except NetworkFileError as error:
        raise PartError("run", str(error)) from error
    return SegmenterFeatures(scorer)


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
    if chosen not in FETCHED:
        return chosen
    try:
        paths, _ = find_weights(FETCHED[chosen], DOWNLOAD)
    except (OSError, ValueError) as error:
        raise PartError(
            "run",
            f"`perceptual={chosen}`: {str(error).removesuffix('.')}, or give "
            "`perceptual=off` to train without the perceptual loss.",
        ) from error
    return paths["weights"]


def _choice(experiment):
    """A name in `FETCHED`, a path, or `None` if the loss is off."""
    weights = run_settings(experiment).perceptual
    if weights is None and os.environ.get("SEMSYNTH_WEIGHTS"):
        weights = os.path.join(os.environ["SEMSYNTH_WEIGHTS"], VGG19_FILE)
    if weights is None:
        raise PartError(
            "run",
            "`perceptual` must be set: give `perceptual=imagenet` to fetch "
            "the weights of VGG-19, once, or a file that you have "
            f"({WHERE_VGG19_IS}), or `perceptual=off` to train without the "
            "perceptual loss.",
        )
    objective = experiment.objective.arguments
    if weights == "off" or objective.get("perceptual_weight") == 0:
        return None
    if weights in FETCHED:
        return weights
    if weights in PRETRAINED_SCORERS:
        return pretrained_scorer_file(weights)
    path = pathlib.Path(weights)
    if not path.is_file():
        raise PartError(
            "run",
            f"`perceptual={weights}` does not exist: give "
            "`perceptual=imagenet` to fetch the weights of VGG-19, once, or "
            f"a file that you have ({WHERE_VGG19_IS}), or `perceptual=off` to "
            "train without the perceptual loss.",
        )
    return path


WHERE_VGG19_IS = (
    f"{VGG19_FILE}, public, stored by torchvision.models.vgg19("
    "weights='IMAGENET1K_V1') under ~/.cache/torch/hub/checkpoints, or "
    f"{KERAS_VGG19}_tf_kernels_notop.h5, stored by "
    "keras.applications.VGG19(include_top=False) under ~/.keras/models"
)
