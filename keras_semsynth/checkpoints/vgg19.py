"""VGG-19 in torchvision's layout (`vgg19-dcbb9e9d.pth`) and in Keras's."""

import re

import h5py
import numpy as np

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.converter import Converter
from keras_semsynth.checkpoints.converter import from_official
from keras_semsynth.checkpoints.inference import require
from keras_semsynth.checkpoints.inference import vote
from keras_semsynth.scorers.vgg19 import VGG19Features

# Places of the convolutions in `features`, which counts activations and pools.
_PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)
_KERAS_FILES = (".h5", ".hdf5")


def naming_table(network):
    return [
        entry
        for place, layer in zip(_PLACES, network.convolutions, strict=True)
        for entry in naming.convolution(f"features.{place}", layer)
    ]


def is_unused(key):
    """The convolutions after the last feature, and the classifier."""
    return re.match(r"features\.(30|32|34)\.|classifier\.", key) is not None


def infer(state, options):
    width = vote(
        state,
        {
            r"features\.[02]\.(weight|bias)": lambda s: s[0],
            r"features\.[57]\.(weight|bias)": lambda s: s[0] // 2,
            r"features\.1[0246]\.(weight|bias)": lambda s: s[0] // 4,
        },
    )
    return {
        "width_divisor": 64 // min(require("its width", "VGG-19", width), 64)
    }


def network_from_file(path, **options):
    """Build a `VGG19Features` from a file of either layout.

    Args:
        path: str. Ends in `.h5` for Keras's layout; anything else is taken as
            a PyTorch file.
        **options: Constructor arguments.

    Returns:
        A built, frozen `VGG19Features`.

    Raises:
        ValueError: If the file is damaged or holds another network.
    """
    if not path.lower().endswith(_KERAS_FILES):
        return from_official("vgg19", path, **options)
    try:
        with h5py.File(path) as file:
            kernels, biases = _convolutions(file)
    except OSError as error:
        raise ValueError(f"Cannot read {path!r} as HDF5: {error}") from error
    count = len(_PLACES)
    if len(kernels) < count:
        raise ValueError(
            f"{path!r} is no VGG-19: {count} convolutions are needed, "
            f"{len(kernels)} are in it."
        )
    state = {}
    for place, kernel, bias in zip(_PLACES, kernels, biases, strict=False):
        state[f"features.{place}.weight"] = naming.CONVOLUTION.to_official(
            kernel
        )
        state[f"features.{place}.bias"] = bias
    return from_official("vgg19", state, **options)


def _convolutions(file):
    """Kernels and biases of the convolutions, in network order."""
    found = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found.append((name, item))

    file.visititems(visit)
    # By numbers: `conv2d`, `conv2d_1`, `conv2d_10`; or `block1_conv1`, ...
    found.sort(key=lambda pair: _natural(pair[0]))
    kernels = [np.asarray(item) for _, item in found if item.ndim == 4]
    # Of a dense top only the biases could be mistaken; they come last.
    biases = [np.asarray(item) for _, item in found if item.ndim == 1]
    return kernels, biases


def _natural(name):
    return [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]


CONVERTER = Converter(VGG19Features, infer, naming_table, is_unused)
