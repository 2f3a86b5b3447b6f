"""VGG-19 from a local file of either layout, torchvision's or Keras's."""

import os
import re

import h5py
import numpy as np
from keras import ops

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.kinds import kind_of
from keras_semsynth.checkpoints.official import from_official
from keras_semsynth.checkpoints.reasons import reason_of
from keras_semsynth.checkpoints.vgg19 import PLACES
from keras_semsynth.scorers.vgg19_features import VGG19Features

# The first layer of the VGG-19 of Keras Applications.
_APPLICATIONS_LAYER = "block1_conv1"
_HOW_TO_GET_WEIGHTS = """
VGG-19 weights are public; neither file comes with this package:
- torchvision layout, what the official SPADE code uses: \
vgg19-dcbb9e9d.pth; `torchvision.models.vgg19(weights="IMAGENET1K_V1")` \
stores it under ~/.cache/torch/hub/checkpoints
- Keras layout: vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5; \
`keras.applications.VGG19(include_top=False)` stores it under ~/.keras/models
To train without the perceptual term, give `perceptual=off`, or \
`perceptual=None` to the GAN in Python."""


def load_vgg19(
    path: str | os.PathLike, caffe_input: bool = False, **options
) -> VGG19Features:
    """Builds `VGG19Features` with ImageNet weights from a local file.

    Args:
        path: str. A torchvision state dict (.pth or .safetensors), or an
            HDF5 file (.h5, .weights.h5) of the VGG-19 of Keras Applications,
            with or without its top, or of `VGG19Features`. The content tells
            which it is, not the name. Widths are read from the file.
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
    state = _state_from_keras(path) if kind_of(path) == "hdf5" else path
    network = from_official("vgg19", state, **options)
    if caffe_input:
        _accept_rgb_over_deviations(network.convolutions[0])
    return network


def is_of_keras_applications(path: str | os.PathLike) -> bool:
    """Tells whether a file has the VGG-19 of Keras Applications.

    Args:
        path: str or path-like. Any file.

    Returns:
        bool. Its ImageNet weights, which Caffe trained, want other inputs.
    """
    if kind_of(path) != "hdf5":
        return False
    return _read_keras(os.fspath(path), _has_applications_layer)


def _read_keras(path, read):
    try:
        with h5py.File(path) as file:
            return read(file)
    # A damaged or forged file may raise nearly anything.
    except Exception as error:
        raise ValueError(
            f"Cannot read {path!r} as HDF5: {reason_of(error)}"
        ) from error


def _has_applications_layer(file):
    def visit(name, item):
        names = (name.rpartition("/")[2], item.attrs.get("name"))
        return _APPLICATIONS_LAYER in names or None

    return bool(file.visititems(visit))


def _state_from_keras(path):
    """The convolutions of an HDF5 file under torchvision's names."""
    kernels, biases = _read_keras(path, _convolutions)
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
    kernels = [_array(item) for _, item in found if item.ndim == 4]
    # Of a dense top only the biases could be mistaken; they come last.
    biases = [_array(item) for _, item in found if item.ndim == 1]
    return kernels, biases


def _array(item):
    """The numbers of a dataset, if the file has them as Keras writes them."""
    # Not in another file, packed, or announced only.
    elsewhere = item.is_virtual or item.external or item.compression
    stored = 0 if elsewhere else item.id.get_storage_size()
    there = min(stored, item.file.id.get_filesize())
    if item.dtype.kind != "f" or there != item.nbytes:
        raise ValueError(
            f"{item.name} has {there} bytes, not the {item.nbytes} of its "
            "shape, or is no array of floats"
        )
    return np.asarray(item)


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
