"""The frozen network whose features a discriminator judges."""

import functools
import os
import pathlib
from typing import Any
from typing import Literal

import keras

from keras_semsynth import backend
from keras_semsynth.checkpoints import DOWNLOAD
from keras_semsynth.checkpoints import find_weights
from keras_semsynth.checkpoints import kind_of
from keras_semsynth.checkpoints import load_features
from keras_semsynth.checkpoints import record_file
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.scorers import SegmenterFeatures
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers.pretrained_scorer import PRETRAINED_SCORERS
from keras_semsynth.scorers.pretrained_scorer import pretrained_scorer_file

_PUBLIC = ("efficientnet_lite0", "vgg19")


def pretrained_features(
    features: Literal["efficientnet_lite0", "vgg19", "landscapes"]
    | str
    | os.PathLike = "efficientnet_lite0",
) -> tuple[keras.Model, dict[str, Any]]:
    """Opens the features network of a projected discriminator.

    The same file gives the same network: it is frozen, so that all may share
    it.

    Args:
        features: str. Frozen network whose features are judged:
            `"efficientnet_lite0"` (of ImageNet, small, with cells of 2 to 32
            pixels) or `"vgg19"` (of ImageNet, 1 to 16 pixels), whose public
            weights are fetched once if the folder in `SEMSYNTH_WEIGHTS` lacks
            them; `"landscapes"`, the scorer of the package; or a file, which
            tells by its content what it is: EfficientNet-Lite0, VGG16, VGG19,
            or a scorer of `semsynth train_scorer` (`.keras`).
            Defaults to `"efficientnet_lite0"`.

    Returns:
        `(network, record)`: `keras.Model`, built; and a dict with `file` (its
        name), `sha256`, `verified` and the number of frozen `parameters`.

    Raises:
        ValueError: If the file is not there, or holds no such network.
    """
    name = os.fspath(features)
    if name in _PUBLIC:
        try:
            paths, _ = find_weights(name, DOWNLOAD)
        except (OSError, ValueError) as error:
            raise ValueError(f"`features={name}`: {error}") from error
        path = paths["weights"]
    elif name in PRETRAINED_SCORERS:
        path = pretrained_scorer_file(name)
    else:
        path = pathlib.Path(name).expanduser()
        if not path.is_file():
            raise ValueError(
                f"`features={name}` does not exist: give the file of a "
                f"features network, or one of {', '.join(_PUBLIC)} and "
                f"{', '.join(PRETRAINED_SCORERS)}."
            )
    network = _open(
        path.resolve(),
        path.stat().st_mtime_ns,
        keras.config.dtype_policy().name,
    )
    parameters = backend.count_numbers(network.weights)
    return network, {**record_file(path), "parameters": parameters}


# Training asks for it several times: to check sizes and memory, and to train.
@functools.lru_cache(maxsize=2)
def _open(path, modified, policy):
    if kind_of(path) != "keras":
        return load_features(path)
    scorer = load_network(
        path,
        UNetSegmenter,
        "give a .keras file that `semsynth train_scorer` has written, or "
        "public weights of ImageNet",
        f"`features={path}`",
    )
    network = SegmenterFeatures(scorer)
    network.build()
    return network
