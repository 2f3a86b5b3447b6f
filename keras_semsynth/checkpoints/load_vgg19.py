"""VGG-19 from a local file of either layout, torchvision's or Keras's."""

import os
import re

import h5py
import numpy as np
from keras import ops

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.official import from_official
from keras_semsynth.checkpoints.vgg19 import PLACES
from keras_semsynth.scorers.vgg19_features import VGG19Features

_KERAS_FILES = (".h5", ".hdf5")
_HOW_TO_GET_WEIGHTS = """
VGG-19 weights are public; neither file comes with this package:
- torchvision layout, what the official SPADE code uses: \
vgg19-dcbb9e9d.pth; `torchvision.models.vgg19(weights="IMAGENET1K_V1")` \
stores it under ~/.cache/torch/hub/checkpoints
- Keras layout: vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5; \
`keras.applications.VGG19(include_top=False)` stores it under ~/.keras/models
To train without the perceptual term, give `perceptual_weights=off`, or \
`perceptual=None` to the GAN in Python."""


def load_vgg19(
    path: str | os.PathLike, caffe_input: bool = False, **options
) -> VGG19Features:
    """Builds `VGG19Features` with ImageNet weights from a local file.

    Args:
        path: str. A torchvision state dict (`.pth`), or an HDF5 file
            (`.h5`, `.weights.h5`) of the VGG-19 of Keras Applications,
            with or without its top, or of `VGG19Features`. Widths are read
            from the file.
        caffe_input: bool. Set it for the ImageNet weights of Keras
            Applications, which want BGR pixels of 0 to 255 with their
            mean subtracted: the first kernel is changed so that it wants
            what torchvision's want, RGB over the channel deviations. The
            network's input stays the same. Defaults to `False`.
        **options: Arguments of `VGG19Features` that no file tells, such as
            `feature_layers`, and base model arguments.

    Returns:
        A frozen `VGG19Features`.

    Raises:
        FileNotFoundError: If there is no such file; says where to get one
            and how to do without.
        ValueError: If the file is damaged or holds another network.

    Example:

    >>> network = keras_semsynth.checkpoints.load_vgg19("vgg19-dcbb9e9d.pth")
    >>> loss = keras_semsynth.losses.PerceptualLoss(network)
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"No VGG-19 weights at {path!r}.{_HOW_TO_GET_WEIGHTS}"
        )
    in_keras_layout = path.lower().endswith(_KERAS_FILES)
    state = _state_from_keras(path) if in_keras_layout else path
    network = from_official("vgg19", state, **options)
    if caffe_input:
        _accept_rgb_over_deviations(network.convolutions[0])
    return network


def _state_from_keras(path):
    """The convolutions of an HDF5 file under torchvision's names."""
    try:
        with h5py.File(path) as file:
            kernels, biases = _convolutions(file)
    except OSError as error:
        raise ValueError(f"Cannot read {path!r} as HDF5: {error}") from error
    # A file of `VGG19Features` ends with the last feature.
    count = len(VGG19Features().convolutions)
    if len(kernels) < count:
        raise ValueError(
            f"{path!r} is no VGG-19: at least {count} convolutions are "
            f"needed, {len(kernels)} are in it."
        )
    state = {}
    for place, kernel, bias in zip(PLACES, kernels, biases, strict=False):
        state[f"features.{place}.weight"] = naming.CONVOLUTION.to_official(
            kernel
        )
        state[f"features.{place}.bias"] = bias
    return state


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


def _accept_rgb_over_deviations(convolution):
    """Moves Caffe's input treatment into the first kernel, exactly.

    The two means, 255 (0.485, 0.456, 0.406) and (123.68, 116.779, 103.939),
    agree to 0.6 grey levels, so that only the scale and order are left.
    """
    deviations = ops.reshape(
        ops.convert_to_tensor([0.229, 0.224, 0.225], "float32"), (1, 1, 3, 1)
    )
    kernel = ops.flip(ops.convert_to_tensor(convolution.kernel), axis=2)
    convolution.kernel.assign(kernel * (255.0 * deviations))
