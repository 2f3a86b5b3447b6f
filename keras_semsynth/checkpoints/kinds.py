"""What kind of file holds weights: told by its content, not by its name."""

import os
import zipfile
from typing import Literal

import h5py

Kind = Literal["pth", "safetensors", "hdf5", "keras", "unknown"]

# What each kind is called in a message.
KIND_NAMES = {
    "pth": "a .pth file of PyTorch",
    "safetensors": "a .safetensors file",
    "hdf5": "an HDF5 file (.h5)",
    "keras": "a whole Keras model (.keras)",
    "unknown": "a file of an unknown kind",
}
_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"


def kind_of(path: str | os.PathLike) -> Kind:
    """Tells the kind of a file from its first bytes.

    Args:
        path: str or path-like.

    Returns:
        str: `"pth"`, `"safetensors"`, `"hdf5"`, `"keras"`, or `"unknown"` for
        everything else.

    Raises:
        FileNotFoundError: If there is no such file.

    Example:

    >>> kind_of("vgg19-dcbb9e9d.pth")
    'pth'
    """
    with open(path, "rb") as file:
        start = file.read(9)
    if start.startswith(_ZIP):
        return _kind_of_zip(path)
    if start.startswith(_PICKLE):
        return "pth"
    if h5py.is_hdf5(path):
        return "hdf5"
    # The length of a header in JSON comes first.
    if start[8:] == b"{":
        return "safetensors"
    return "unknown"


def _kind_of_zip(path):
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    # A forged directory may raise nearly anything. The reader says what.
    except Exception:
        return "unknown"
    if {"config.json", "metadata.json"} <= set(names):
        return "keras"
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        return "pth"
    return "unknown"
