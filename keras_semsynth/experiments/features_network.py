"""The frozen features network that an argument names, or gives as a file."""

import os
import pathlib
from typing import Any
from typing import Literal

import keras

from keras_semsynth.checkpoints import DOWNLOAD
from keras_semsynth.checkpoints import find_weights
from keras_semsynth.checkpoints import kind_of
from keras_semsynth.checkpoints import load_features
from keras_semsynth.files.network_reading import load_network
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
# What an argument takes: these names, or a file.
Features = (
    Literal["imagenet", "vgg19", "vgg16", "efficientnet_lite0", "landscapes"]
    | str
    | os.PathLike
)
VGG19_FILE = "vgg19-dcbb9e9d.pth"
_KERAS_VGG19 = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
_WHERE_VGG19_IS = (
    f"{VGG19_FILE}, public, stored by torchvision.models.vgg19("
    "weights='IMAGENET1K_V1') under ~/.cache/torch/hub/checkpoints, or "
    f"{_KERAS_VGG19}, stored by keras.applications.VGG19(include_top=False) "
    "under ~/.keras/models"
)


def ways(argument: str) -> str:
    """Returns what to give for a features network, the part of a sentence."""
    others = [n for n in (*FETCHED, *PRETRAINED_SCORERS) if n != "imagenet"]
    return (
        f"give `{argument}=imagenet` to fetch the weights of VGG-19, once, or "
        f"another of the names ({', '.join(others)}), or a file that you have "
        f"({_WHERE_VGG19_IS})"
    )


def check_features(
    features: Features, argument: str, otherwise: str = ""
) -> None:
    """Checks that a features network is a known name, or a file that is there.

    Args:
        features: str. What was given.
        argument: str. Name of the argument, for messages.
        otherwise: str. What else a message shall advise, the end of a
            sentence. Defaults to `""`.

    Raises:
        ValueError: If it is neither.
    """
    name = os.fspath(features)
    if name in FETCHED or name in PRETRAINED_SCORERS:
        return
    if not pathlib.Path(name).expanduser().is_file():
        raise ValueError(
            f"`{argument}={name}` does not exist: {ways(argument)}{otherwise}."
        )


def features_file(
    features: Features, argument: str, otherwise: str = ""
) -> pathlib.Path:
    """Returns the file of a features network, fetched if need be.

    Args:
        features: str. A key of `FETCHED`, whose public file is taken from the
            folder in `SEMSYNTH_WEIGHTS` or Keras' cache, or fetched; the
            dataset of a scorer of the package; or a path.
        argument: str. Name of the argument, for messages.
        otherwise: str. As of `check_features`. Defaults to `""`.

    Returns:
        Path of a file that is there.

    Raises:
        ValueError: If it is not there, or cannot be fetched.
    """
    check_features(features, argument, otherwise)
    name = os.fspath(features)
    if name in PRETRAINED_SCORERS:
        return pretrained_scorer_file(name)
    if name not in FETCHED:
        return pathlib.Path(name).expanduser()
    try:
        paths, _ = find_weights(FETCHED[name], DOWNLOAD)
    except (OSError, ValueError) as error:
        reason = str(error).removesuffix(".")
        raise ValueError(
            f"`{argument}={name}`: {reason}{otherwise}."
        ) from error
    return paths["weights"]


def open_features(
    path: pathlib.Path, argument: str, **options: Any
) -> keras.Model:
    """Opens the features network that a file holds.

    Args:
        path: Path. Its content tells what it is: EfficientNet-Lite0, VGG16,
            VGG19, or a scorer of `semsynth train_scorer`.
        argument: str. Name of the argument, for messages.
        **options: As those of `checkpoints.load_features`. A scorer has none.

    Returns:
        Frozen `keras.Model`, whose weights are there.

    Raises:
        ValueError: If it holds no such network, or is damaged.
    """
    if kind_of(path) != "keras":
        return load_features(path, **options)
    scorer = load_network(
        path,
        UNetSegmenter,
        "give a .keras file that `semsynth train_scorer` has written, or "
        f"public weights of ImageNet (such as {_WHERE_VGG19_IS})",
        f"`{argument}={path}`",
    )
    network = SegmenterFeatures(scorer)
    network.build()
    return network
