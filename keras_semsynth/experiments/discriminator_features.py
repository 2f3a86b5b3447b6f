"""The frozen network whose features a discriminator judges."""

import functools
from typing import Any

import keras

from keras_semsynth import backend
from keras_semsynth.checkpoints import record_file
from keras_semsynth.experiments.features_network import Features
from keras_semsynth.experiments.features_network import features_file
from keras_semsynth.experiments.features_network import open_features


def pretrained_features(
    features: Features = "efficientnet_lite0",
) -> tuple[keras.Model, dict[str, Any]]:
    """Opens the features network of a projected discriminator.

    The same file gives the same network: it is frozen, so that all may share
    it.

    Args:
        features: str. Frozen network whose features are judged:
            `"efficientnet_lite0"` (of ImageNet, small, with cells of 2 to 32
            pixels), `"vgg19"` or `"imagenet"`, or `"vgg16"` (of ImageNet, 1
            to 16 pixels), whose public weights are fetched once if the folder
            in `SEMSYNTH_WEIGHTS` lacks them; `"landscapes"`, the scorer of
            the package; or a file, which tells by its content what it is:
            EfficientNet-Lite0, VGG16, VGG19, or a scorer of
            `semsynth train_scorer` (`.keras`).
            Defaults to `"efficientnet_lite0"`.

    Returns:
        `(network, record)`: `keras.Model`, built; and a dict with `file` (its
        name), `sha256`, `verified` and the number of frozen `parameters`.

    Raises:
        ValueError: If the file is not there, or holds no such network.
    """
    path = features_file(features, "features")
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
    return open_features(path, "features")
