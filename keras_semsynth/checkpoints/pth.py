"""Reads the `.pth` files of PyTorch without PyTorch and without trusting them.

Two formats are understood: the zip archive that `torch.save` writes since
PyTorch 1.6, and the sequence of pickles it wrote before, in which the official
SPADE weights of 2019 were published.
"""

import io
import os
import struct
import zipfile
from typing import Any

from keras_semsynth.checkpoints.inert import Inert
from keras_semsynth.checkpoints.pickled_numpy import PickledArray
from keras_semsynth.checkpoints.unpickler import PickledTensor
from keras_semsynth.checkpoints.unpickler import RestrictedUnpickler
from keras_semsynth.checkpoints.unpickler import item_size

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001

_RESAVE = (
    "If you trust where the file comes from, re-save its weights with PyTorch: "
    "`torch.save({k: v for k, v in net.state_dict().items()}, 'clean.pth')`."
)


def read_pth(path: str | os.PathLike) -> Any:
    """Read a `.pth` file.

    Args:
        path: str or path-like. A file written by `torch.save` that holds
            tensors in plain containers.

    Returns:
        What was saved, with every tensor as an `np.ndarray` (bfloat16 as
        float32, which holds it exactly). Mostly a `dict` of arrays. Objects
        of classes that have nothing to do with weights, such as the options
        of a training script, are `Inert` placeholders.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, in a format that is not understood,
            names functions, or holds a whole module. Nothing it names is
            imported or called.

    Example:

    >>> state = keras_semsynth.checkpoints.read_pth("latest_net_G.pth")
    >>> state["fc.bias"].shape
    (1024,)
    """
    path = os.fspath(path)
    try:
        if zipfile.is_zipfile(path):
            return _read_zip(path)
        return _read_legacy(path)
    except FileNotFoundError:
        raise
    # A damaged or forged pickle may raise nearly anything.
    except Exception as error:
        if isinstance(error, MemoryError):
            raise
        raise ValueError(f"Cannot read {path!r}: {error} {_RESAVE}") from error


def _read_zip(path):
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        pickles = [name for name in names if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError(
                "it is a zip archive but not one of `torch.save` (no or "
                "several data.pkl inside; TorchScript is not supported)."
            )
        folder = pickles[0].removesuffix("data.pkl")
        if f"{folder}constants.pkl" in names:
            raise ValueError("it holds a TorchScript module, not a state dict.")
        unpickler = RestrictedUnpickler(io.BytesIO(archive.read(pickles[0])))
        content = unpickler.load()
        for key, storage in unpickler.storages.items():
            info = archive.getinfo(f"{folder}data/{key}")
            expected = storage.size * item_size(storage.dtype or "u1")
            # Checked before reading: a small file may claim to unpack to any
            # size.
            if info.file_size != expected:
                raise ValueError(
                    f"storage {key} should have {expected} bytes; "
                    f"{info.file_size} are there."
                )
            storage.data = archive.read(info)
        order = "<"
        if f"{folder}byteorder" in names:
            order = {b"little": "<", b"big": ">"}[
                archive.read(f"{folder}byteorder")
            ]
    return _content(content, order)


def _read_legacy(path):
    with open(path, "rb") as file:
        if file.read(8)[:1] != b"\x80":
            raise ValueError(
                "it is neither a zip archive nor a pickle, so not a file of "
                "`torch.save` (or one from before PyTorch 0.1.10)."
            )
        file.seek(0)
        magic = RestrictedUnpickler(file).load()
        if magic != _LEGACY_MAGIC:
            raise ValueError("it is a pickle, but not one of `torch.save`.")
        version = RestrictedUnpickler(file).load()
        system = RestrictedUnpickler(file).load()
        if version != _LEGACY_PROTOCOL:
            raise ValueError(f"its protocol version {version} is unknown.")
        little = system.get("little_endian", True)
        unpickler = RestrictedUnpickler(file)
        content = unpickler.load()
        keys = RestrictedUnpickler(file).load()
        order = "<" if little else ">"
        for key in keys:
            storage = unpickler.storages[str(key)]
            (size,) = struct.unpack(f"{order}q", file.read(8))
            if size != storage.size:
                raise ValueError(
                    f"storage {key} should have {storage.size} elements; "
                    f"{size} are there."
                )
            length = size * item_size(storage.dtype or "u1")
            storage.data = file.read(length)
            if len(storage.data) != length:
                raise ValueError("it ends in the middle of a tensor.")
        missing = [k for k, s in unpickler.storages.items() if s.data is None]
        if missing:
            raise ValueError(f"storages {missing} have no data.")
    return _content(content, order)


def _content(pickled, byte_order):
    """What was saved, if it is more than a placeholder."""
    content = _with_arrays(pickled, byte_order)
    if isinstance(content, Inert):
        raise ValueError(
            f"it holds a whole {type(content).__name__}, not its weights."
        )
    return content


def _with_arrays(content, byte_order):
    if isinstance(content, PickledTensor):
        return content.to_array(byte_order)
    if isinstance(content, PickledArray):
        return content.to_array()
    if isinstance(content, dict):
        return {
            key: _with_arrays(value, byte_order)
            for key, value in content.items()
        }
    if isinstance(content, (list, tuple)):
        return type(content)(
            _with_arrays(value, byte_order) for value in content
        )
    if isinstance(
        content,
        (bool, int, float, complex, str, bytes, set, frozenset, Inert),
    ):
        return content
    # Dtypes and the like, which a state dict has no use for.
    return None


__all__ = ["read_pth"]
